package upstream_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// dockerd is a Docker engine with one container. What is in answers, by method

// and path without the version, stands in for its own answer.

type dockerd struct {
	version string
	answers map[string]http.HandlerFunc

	mu    sync.Mutex
	asked []string
}

func (e *dockerd) paths() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asked
}

// ServeHTTP implements http.Handler.

func (e *dockerd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	e.asked = append(e.asked, r.Method+" "+r.URL.Path)
	e.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	path := r.URL.Path
	if rest, ok := strings.CutPrefix(path, "/v1."); ok {
		path = rest[strings.Index(rest, "/"):]
	}
	if answer := e.answers[r.Method+" "+path]; answer != nil {
		answer(w, r)
		return
	}
	switch r.Method + " " + path {
	case "GET /_ping":
		w.Header().Set("Api-Version", e.version)
	case "GET /containers/c/json":
		_, _ = io.WriteString(w, `{"State":{"Running":true}}`)
	case "POST /containers/c/exec":
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"Id":"e1"}`)
	case "POST /exec/e1/start":
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"+frame(1, "hello"))
		_ = conn.Close()
	case "GET /exec/e1/json":
		_, _ = io.WriteString(w, `{"Running":false,"ExitCode":0}`)
	default:
		http.Error(w, `{"message":"page not found"}`, http.StatusNotFound)
	}
}

// cat runs the two steps of the hop at host.

func cat(t *testing.T, host string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	client, err := upstream.OpenDocker(config.Docker{Host: host}, &upstream.Trace{})
	if err != nil {
		return "", err
	}
	defer client.Close()
	if err := client.Inspect(ctx, "c"); err != nil {
		return "", err
	}
	var said string
	err = client.Exec(ctx, upstream.OpDockerExec, upstream.Command{Container: "c", Args: []string{"cat", "/f"}}, func(out upstream.ExecOutput) error {
		said = string(out.Stdout)
		return nil
	})
	return said, err
}

func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func redirecting(to string, status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, status) }
}

// TestDockerVersions: the engines of a NAS are older than Docker's own client.

func TestDockerVersions(t *testing.T) {
	for _, tc := range []struct {
		said, want string
		reason     reason.Reason
	}{
		{"1.18", "", reason.EngineTooOld},
		{"1.22", "/v1.22", ""},
		{"1.23", "/v1.23", ""}, // QNAP
		{"1.39", "/v1.39", ""}, // Synology
		{"1.44", "/v1.44", ""},
		{"1.99", "/v1.55", ""},
		{"2.0", "", reason.MalformedResponse},
		{"1.41/../x", "", reason.MalformedResponse},
	} {
		for _, header := range []bool{true, false} { // before 1.25 there was none
			t.Run(fmt.Sprint(tc.said, header), func(t *testing.T) {
				e := &dockerd{version: tc.said}
				if !header {
					e.version, e.answers = "", map[string]http.HandlerFunc{"GET /version": answering(200, `{"ApiVersion":"`+tc.said+`"}`)}
				}
				server := httptest.NewServer(e)
				defer server.Close()
				said, err := cat(t, strings.Replace(server.URL, "http:", "tcp:", 1))
				if reason.Of(err) != tc.reason || (tc.reason == "") != (said == "hello") {
					t.Fatalf("got %q and %v, want reason %q", said, err, tc.reason)
				}
				if asked := e.paths(); tc.want != "" && asked[len(asked)-1] != "GET "+tc.want+"/exec/e1/json" {
					t.Errorf("got %q, want version %s", asked, tc.want)
				}
			})
		}
	}
}

// TestWhatStandsBeforeTheEngine is told from the engine.

func TestWhatStandsBeforeTheEngine(t *testing.T) {
	elsewhere := httptest.NewServer(&dockerd{version: "1.41"})
	defer elsewhere.Close()
	const start, inspect, create, ping = "POST /exec/e1/start", "GET /containers/c/json", "POST /containers/c/exec", "GET /_ping"
	for _, tc := range []struct {
		name, path string
		answer     http.HandlerFunc
		want       reason.Reason
	}{
		{"the upgrade is dropped", start, answering(200, "hello"), reason.NotUpgraded},
		{"the start is forbidden", start, answering(403, "<html>Forbidden"), reason.Forbidden},
		{"paused before the start", start, answering(409, `{"message":"Container c is paused, unpause the container before exec"}`), reason.ContainerPaused},
		{"stopped before the start", start, answering(409, `{"message":"Container c is not running"}`), reason.ContainerNotRunning},
		{"gone before the start", start, answering(404, `{"message":"No such exec instance: e1"}`), reason.ContainerMissing},
		{"no such program", start, answering(400, `{"message":"OCI runtime exec failed: exec failed: exec: \"cat\": executable file not found in $PATH"}`), reason.ExecFailed},
		{"old engines write text", inspect, answering(404, "no such id: c\nNo such container: c\n"), reason.ContainerMissing},
		{"a web server", inspect, answering(404, "<html>Not Found"), reason.MalformedResponse},
		{"another API", ping, answering(404, `{"message":"page not found"}`), reason.MalformedResponse},
		{"ping is forbidden", ping, answering(403, ""), reason.Forbidden},
		{"the engine fails", inspect, answering(500, `{"message":"x"}`), reason.HTTP5xx},
		{"a GET is redirected", inspect, redirecting(elsewhere.URL+"/v1.41/containers/c/json", 301), reason.Redirected},
		{"a POST is redirected", create, redirecting(elsewhere.URL+"/v1.41/containers/c/exec", 307), reason.Redirected},
		{"the ping is redirected", ping, redirecting("http://name.invalid/", 302), reason.Redirected},
		{"an endless reply", inspect, func(w http.ResponseWriter, _ *http.Request) {
			for blob := []byte(`{"Id":"` + strings.Repeat("A", 1<<16)); ; blob = blob[7:] {
				if _, err := w.Write(blob); err != nil {
					return
				}
				blob = append([]byte("AAAAAAA"), blob...)
			}
		}, reason.MalformedResponse},
		{"endless headers of the upgrade", start, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				forever("HTTP/1.1 101 UPGRADED\r\n", "X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")(prefilled{conn})
			}
		}, reason.MalformedResponse},
		{"endless empty frames", start, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				forever("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n", frame(1, ""))(prefilled{conn})
			}
		}, reason.MalformedResponse},
		{"a healthy container", inspect, answering(200, `{"State":{"Running":true,"Health":{"Status":"healthy"}}}`), ""},
		{"an unhealthy container", inspect, answering(200, `{"State":{"Running":true,"Health":{"Status":"unhealthy"}}}`), reason.ContainerUnhealthy},
		{"a restarting container", inspect, answering(200, `{"State":{"Running":true,"Restarting":true}}`), reason.ContainerNotRunning},
		{"no state", inspect, answering(200, `{}`), reason.MalformedResponse},
		{"an identifier that is a path", create, answering(201, `{"Id":"../x"}`), reason.MalformedResponse},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := httptest.NewServer(&dockerd{version: "1.41", answers: map[string]http.HandlerFunc{tc.path: tc.answer}})
			defer server.Close()
			defer server.CloseClientConnections()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := cat(t, strings.Replace(server.URL, "http:", "tcp:", 1))
			runtime.ReadMemStats(&after)
			if reason.Of(err) != tc.want {
				t.Errorf("got %v, want reason %q", err, tc.want)
			}
			if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 64 {
				t.Errorf("got %d MiB allocated", got)
			}
		})
	}
}

// prefilled has been read from already.

// Read implements net.Conn.

func (prefilled) Read([]byte) (int, error) { return 0, io.EOF }

// TestReadsThatHangAreNotAddedTo: a cat of a pipe never ends, and there was one

// more of them for every check.

// TestDockerOnItsSocket.

func TestDockerOnItsSocket(t *testing.T) {
	path := t.TempDir() + "/docker.sock"
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: &dockerd{version: "1.41"}}}
	server.Start()
	defer server.Close()
	said, err := cat(t, "unix://"+path)
	if diff := cmp.Diff("hello", said); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// frame is content as the Docker API frames it.

func frame(kind byte, content string) string {
	return string([]byte{kind, 0, 0, 0, 0, 0, 0, byte(len(content))}) + content
}
