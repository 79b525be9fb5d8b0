package homelab

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	docker "github.com/moby/moby/client"
)

// TestExecInput has a command that reads as much of its input as it is told, as
// one does that does not wait for the input's end.
func TestExecInput(t *testing.T) {
	lab, err := Start(t.TempDir(), Options{CopyInterval: time.Hour, Run: func(command []string, input io.Reader) (stdout, stderr []byte, exit int) {
		read := make([]byte, 5)
		n, _ := io.ReadFull(input, read)
		return fmt.Appendf(nil, "%s %s", command[0], read[:n]), []byte("said"), 7
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer lab.Close()
	client := dockerClient(t, lab)
	for input, want := range map[string]string{"hello, and more": "reads hello", "": "reads "} {
		created, err := client.ExecCreate(t.Context(), containerName, docker.ExecCreateOptions{
			Cmd: []string{"reads"}, AttachStdin: input != "", AttachStdout: true, AttachStderr: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		attached, err := client.ExecAttach(t.Context(), created.ID, docker.ExecAttachOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(attached.Conn, input); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		_, _ = stdcopy.StdCopy(&stdout, &stderr, attached.Reader) // unread input may reset the connection
		attached.Close()
		state, err := client.ExecInspect(t.Context(), created.ID, docker.ExecInspectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if stdout.String() != want || stderr.String() != "said" || state.ExitCode != 7 || state.Running {
			t.Errorf("got %q, %q and %+v, want %q, said and exit code 7", stdout.String(), stderr.String(), state, want)
		}
	}
}
