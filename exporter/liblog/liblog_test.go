package liblog_test

import (
	"bytes"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/klog/v2"

	"homelab.io/vault-health-exporter/exporter/liblog"
)

// TestLibrariesDoNotPrint: what they say is dropped, that they did is not.
func TestLibrariesDoNotPrint(t *testing.T) {
	const secret = "hvs.SECRETsecretSECRET"
	var own bytes.Buffer
	liblog.TakeOver(slog.New(slog.NewTextHandler(&own, &slog.HandlerOptions{Level: slog.LevelDebug})))
	log.Print(secret)
	log.Default().Println(secret)
	klog.Error(secret)
	klog.Background().Info(secret)
	klog.Flush()
	if got := own.String(); strings.Contains(got, secret) || strings.Count(got, "function=homelab.io/vault-health-exporter/exporter/liblog_test.TestLibrariesDoNotPrint") != 2 {
		t.Errorf("got %q, want two lines that name this function and not what was said", got)
	}
}

// TestNetHTTPDoesNotPrintWhatComesUnasked through a client that is not ours.
func TestNetHTTPDoesNotPrintWhatComesUnasked(t *testing.T) {
	const secret = "hvs.SECRETsecretSECRET"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"+secret)
		_, _ = io.Copy(io.Discard, conn) // until the client has seen it and left
		_ = conn.Close()
		_ = listener.Close()
	}()
	own := &recording{lines: make(chan string, 1)}
	liblog.TakeOver(slog.New(slog.NewTextHandler(own, &slog.HandlerOptions{Level: slog.LevelDebug})))
	reply, err := (&http.Client{Transport: &http.Transport{}}).Get("http://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, reply.Body)
	_ = reply.Body.Close()
	if got := <-own.lines; strings.Contains(got, "SECRET") || !strings.Contains(got, "function=net/http.") {
		t.Errorf("got %q, want a line that names net/http's function and not what was said", got)
	}
}

// recording hands each line that is logged to the test.
type recording struct{ lines chan string }

// Write implements io.Writer.
func (r *recording) Write(p []byte) (int, error) {
	select {
	case r.lines <- string(p):
	default: // what is logged after the test
	}
	return len(p), nil
}

// TestEveryLibraryLoggerIsKnown fails when a binary links one more.
func TestEveryLibraryLoggerIsKnown(t *testing.T) {
	loggers := regexp.MustCompile(`/(klog|glog|logrus|zap|zerolog|go-hclog|grpclog|stdr|seelog|log15)(/v[0-9]+)?$`)
	for command, want := range map[string][]string{
		"vault-health-exporter": {"github.com/go-logr/stdr", "google.golang.org/grpc/grpclog", "google.golang.org/grpc/internal/grpclog", "k8s.io/klog/v2"}, // all but klog in its tracing.go
		"token-broker":          {"k8s.io/klog/v2"},
	} {
		out, err := exec.Command("go", "list", "-deps", "homelab.io/vault-health-exporter/cmd/"+command).Output()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(string(out)) {
			if line = strings.TrimSpace(line); loggers.MatchString(line) {
				got = append(got, line)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s links another set of loggers (-want +got); take each over:\n%s", command, diff)
		}
	}
}
