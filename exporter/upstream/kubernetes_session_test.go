package upstream_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// reusedCluster is a Kubernetes API whose checks leave their connections to the
// next ones.
func reusedCluster(t *testing.T, cfg config.Kubernetes) *upstream.KubernetesServer {
	t.Helper()
	cluster := upstream.MainCluster(cfg)
	cluster.Reuse(nil)
	t.Cleanup(func() { cluster.End(context.WithoutCancel(t.Context())) })
	return cluster
}

// look asks a cluster for one object.
func look(ctx context.Context, cluster *upstream.KubernetesServer) (upstream.Trace, error) {
	return looks(ctx, cluster, func(ctx context.Context, client *upstream.Kubernetes) error {
		return client.Get(ctx, "api/v1", "things", "x", &struct{}{})
	})
}

// looks has a client of a cluster used by a check.
func looks(ctx context.Context, cluster *upstream.KubernetesServer, use func(context.Context, *upstream.Kubernetes) error) (upstream.Trace, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute) // bounds a hang
	defer cancel()
	var trace upstream.Trace
	client, err := cluster.Open(ctx, &trace)
	if err != nil {
		return trace, err
	}
	err = use(ctx, client)
	client.Close()
	return trace, err
}

// counting counts the connections of a server that are open, and the most that were.
func counting(server *httptest.Server) (open, most *atomic.Int32) {
	open, most = new(atomic.Int32), new(atomic.Int32)
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			most.Store(max(most.Load(), open.Add(1)))
		case http.StateClosed:
			open.Add(-1)
		}
	}
	return open, most
}

// TestRepliesLeaveTheirConnection: pages of a list, which came in pieces, and
// refusals, of which a role without an optional right gets one each time.
func TestRepliesLeaveTheirConnection(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/forbidden"):
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"kind":"Status","code":403}`)
		case strings.HasSuffix(r.URL.Path, "/jobs"):
			next := map[string]string{"": "2", "2": "3"}[r.URL.Query().Get("continue")]
			_, _ = fmt.Fprintf(w, `{"metadata":{"continue":%q},"items":[{"Name":"1"}]}`, next)
			w.(http.Flusher).Flush() // so that its end comes by itself
			_, _ = io.WriteString(w, "\n")
		case strings.HasPrefix(r.URL.Path, "/apis/"):
			http.NotFound(w, r)
		default:
			_, _ = io.WriteString(w, `{}`)
		}
	}))
	defer server.Close()
	cluster := reusedCluster(t, kubeAt(t, server.URL, "", ""))
	check := func(ctx context.Context, client *upstream.Kubernetes) error {
		for name, want := range map[string]reason.Reason{"x": "", "forbidden": reason.Forbidden} {
			if err := client.Get(ctx, "api/v1", "things", name, &struct{}{}); reason.Of(err) != want {
				t.Errorf("%s: got %v, want reason %q", name, err, want)
			}
		}
		if err := client.Get(ctx, "apis/external-secrets.io/v1", "things", "x", &struct{}{}); reason.Of(err) != reason.APIMissing {
			t.Errorf("a kind that is not served: got %v", err)
		}
		items := 0
		err := upstream.List(ctx, client, "apis/batch/v1", "jobs", nil, func(item) { items++ })
		if items != 3 {
			t.Errorf("got %d items, want one of each page", items)
		}
		return err
	}
	trace, err := looks(t.Context(), cluster, check)
	wants(t, "the first", trace, err, 1, 5, "")
	trace, err = looks(t.Context(), cluster, check)
	wants(t, "warm", trace, err, 0, 6, "")
}

// TestAUsedConnectionToKubernetesFails: what it was asked is asked once more on a
// new one. A reply that is cut in the middle is what the server said.
func TestAUsedConnectionToKubernetesFails(t *testing.T) {
	const whole = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
	for name, tc := range map[string]struct {
		second string // what the first connection answers to its second request
		want   reason.Reason
	}{
		"it is closed":              {"", ""},
		"it says something else":    {"SSH-2.0\r\n", ""},
		"its reply is cut":          {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{", reason.Truncated},
		"its reply is without end":  {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{}", reason.Truncated},
		"its reply is a redirect":   {"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", reason.Redirected},
		"its reply is the last one": {strings.Replace(whole, "\r\n", "\r\nConnection: close\r\n", 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, _ := serving(t, func(conn, request int, c net.Conn) string {
				if conn > 1 || request == 1 {
					return whole
				}
				_, _ = io.WriteString(c, tc.second)
				return ""
			})
			cluster := reusedCluster(t, kubeAt(t, address, "", ""))
			for i, want := range []reason.Reason{"", tc.want, "", ""} {
				if _, err := look(t.Context(), cluster); reason.Of(err) != want {
					t.Errorf("check %d: got %v, want reason %q", i, err, want)
				}
			}
		})
	}
}

// TestAConnectionOutlivesTheDeadlineOfItsFirstCheck.
func TestAConnectionOutlivesTheDeadlineOfItsFirstCheck(t *testing.T) {
	server := httptest.NewTLSServer(object(""))
	defer server.Close()
	cluster := reusedCluster(t, kubeAt(t, server.URL, insecure, ""))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	trace, err := look(ctx, cluster)
	wants(t, "the first", trace, err, 1, 0, "")
	<-ctx.Done()
	trace, err = look(t.Context(), cluster)
	wants(t, "after its deadline", trace, err, 0, 1, "")
	if len(trace.Certificates) != 1 || trace.Certificates[0].Endpoint != upstream.EndpointKubernetes {
		t.Errorf("got the certificates %v, want that of the connection", trace.Certificates)
	}
}

// TestConnectionsOfBeforeACheckThatIsColdEnd with the last check that uses them.
func TestConnectionsOfBeforeACheckThatIsColdEnd(t *testing.T) {
	server := httptest.NewUnstartedServer(object(""))
	open, _ := counting(server)
	server.Start()
	defer server.Close()
	cluster := reusedCluster(t, kubeAt(t, server.URL, "", ""))
	_, err := looks(t.Context(), cluster, func(ctx context.Context, client *upstream.Kubernetes) error {
		if _, err := look(upstream.Cold(ctx), cluster); err != nil {
			t.Error(err)
		}
		return client.Get(ctx, "api/v1", "things", "x", &struct{}{})
	})
	if err != nil {
		t.Error(err)
	}
	until(t, "only the cold one's connection is open", func() bool { return open.Load() == 1 })
}

// TestManyChecksOfKubernetesLeaveNothingBehind, warm and cold.
func TestManyChecksOfKubernetesLeaveNothingBehind(t *testing.T) {
	const many, every = 10_000, 10
	server := httptest.NewUnstartedServer(object(""))
	_, most := counting(server)
	server.Start()
	defer server.Close()
	cluster := reusedCluster(t, kubeAt(t, server.URL, "", ""))
	goroutines, files := 0, 0
	for i := range many {
		ctx := t.Context()
		if i%every == 0 {
			ctx = upstream.Cold(ctx)
		}
		if _, err := look(ctx, cluster); err != nil {
			t.Fatal(err)
		}
		if i == many/10 {
			goroutines, files = runtime.NumGoroutine(), descriptors(t)
		}
	}
	if got := runtime.NumGoroutine(); got > goroutines+10 || most.Load() > 10 {
		t.Errorf("got %d goroutines after %d before, and up to %d connections at once", got, goroutines, most.Load())
	}
	if got := descriptors(t); got > files+10 {
		t.Errorf("got %d open files after %d before", got, files)
	}
}

// descriptors is how many files this process has open, 0 where nobody says.
func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil && runtime.GOOS == "linux" {
		t.Fatal(err)
	}
	return len(all)
}
