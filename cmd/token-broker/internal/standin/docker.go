// Package standin holds a Docker engine for the tests of this command: as much of
// the API as it writes to, with the answers of the real one (Docker API 1.41).
package standin

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
)

// Docker is a Docker engine with one running container, whose commands run
// locally: the shell script that they are is what the test is about.
type Docker struct {
	mu      sync.Mutex
	command []string
	exit    int
	// Commands lists what ran, for the canary test.
	Commands [][]string
	// CutInput is how many bytes of the input arrive at the command before the
	// connection is taken for cut; 0 is all.
	CutInput int64
}

var versioned = regexp.MustCompile(`^/v[0-9.]+`)

// ServeHTTP implements http.Handler.
func (d *Docker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := versioned.ReplaceAllString(r.URL.Path, "")
	answer := func(status int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	switch {
	case path == "/_ping":
		w.Header().Set("Api-Version", "1.41")
		_, _ = w.Write([]byte("OK"))
	case path == "/containers/qnap-k3s/json":
		answer(http.StatusOK, map[string]any{"Id": "x", "Name": "/qnap-k3s", "State": map[string]any{"Status": "running", "Running": true}})
	case path == "/containers/qnap-k3s/exec":
		var request struct{ Cmd []string }
		_ = json.NewDecoder(r.Body).Decode(&request)
		d.mu.Lock()
		d.command = request.Cmd
		d.Commands = append(d.Commands, request.Cmd)
		d.mu.Unlock()
		answer(http.StatusCreated, map[string]string{"Id": "exec"})
	case strings.HasSuffix(path, "/start"):
		d.start(w, r)
	case path == "/exec/exec/json":
		d.mu.Lock()
		defer d.mu.Unlock()
		answer(http.StatusOK, map[string]any{"ID": "exec", "Running": false, "ExitCode": d.exit})
	default:
		answer(http.StatusNotFound, map[string]string{"message": "page not found"})
	}
}

// start takes over the connection and runs the command on it.
func (d *Docker) start(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = conn.Write([]byte("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"))
	d.mu.Lock()
	defer d.mu.Unlock()
	command := exec.Command(d.command[0], d.command[1:]...) // #nosec G204 -- what the broker asked of its test
	input, _ := command.StdinPipe()
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if command.Start() != nil {
		return
	}
	go func() {
		defer input.Close()
		from := io.Reader(buffered)
		if d.CutInput > 0 {
			from = io.LimitReader(from, d.CutInput)
		}
		_, _ = io.Copy(input, from)
	}()
	_ = command.Wait() // the exit code says it
	d.exit = command.ProcessState.ExitCode()
	for kind, said := range [][]byte{1: stdout.Bytes(), 2: stderr.Bytes()} {
		if len(said) > 0 {
			_, _ = conn.Write(append([]byte{byte(kind), 0, 0, 0, 0, 0, byte(len(said) >> 8), byte(len(said))}, said...)) // #nosec G115 -- the bytes of a length
		}
	}
}
