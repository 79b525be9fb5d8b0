package leader

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"homelab.io/vault-health-exporter/chaos/network"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// absent says that there is no Lease, and hands what is written to another.
func absent(written http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			answer(404, `{"kind":"Status","details":{"name":"exporter"}}`)(w, r)
			return
		}
		written(w, r)
	}
}

// endless writes until it is stopped, and counts.
func endless(sent *atomic.Int64, piece string, pause time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for {
			n, err := io.WriteString(w, piece)
			sent.Add(int64(n))
			if err != nil || r.Context().Err() != nil {
				return
			}
			if pause > 0 {
				_ = http.NewResponseController(w).Flush()
				time.Sleep(pause)
			}
		}
	}
}

// TestEnemies: whatever stands in the place of the API, a candidate asks at its
// pace, reads little, goes on, is not blind for longer than its patience, does not
// say that it has the Lease, and ends when it is told to.
func TestEnemies(t *testing.T) {
	var sent atomic.Int64
	for name, handler := range map[string]http.HandlerFunc{
		"a redirect":               http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect).ServeHTTP,
		"gigabytes":                endless(&sent, strings.Repeat(" ", 64<<10), 0),
		"gigabytes of values":      endless(&sent, strings.Repeat("[{},", 16<<10), 0),
		"a byte now and then":      endless(&sent, " ", time.Second),
		"HTML":                     func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"no JSON":                  answer(200, "{"),
		"another object":           answer(200, `{"kind":"Secret","metadata":{"name":"exporter","resourceVersion":"1"}}`),
		"a Lease without version":  answer(200, `{"kind":"Lease","metadata":{"name":"exporter"}}`),
		"status 401":               answer(401, `{}`),
		"status 403":               answer(403, `{}`),
		"status 429":               answer(429, `{}`),
		"status 500":               answer(500, `{}`),
		"a namespace that is gone": answer(404, `{"kind":"Status","details":{"name":"exporter"}}`),
		"always a conflict":        absent(answer(409, `{"kind":"Status","reason":"AlreadyExists"}`)),
		"an invalid write":         absent(answer(422, `{"kind":"Status","reason":"Invalid"}`)),
		"another holder":           absent(answer(201, `{"kind":"Lease","metadata":{"name":"exporter","resourceVersion":"1"},"spec":{"holderIdentity":"b_00000002"}}`)),
		"a write that hangs":       absent(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
	} {
		dir := t.TempDir()
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent.Store(0)
				n := new(network.Network)
				listener, err := n.Listen("10.0.0.1:443")
				if err != nil {
					t.Fatal(err)
				}
				var asked atomic.Int64
				server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					asked.Add(1)
					_, _ = io.Copy(io.Discard, r.Body)
					handler(w, r)
				})}
				go func() { _ = server.Serve(listener) }()
				defer time.Sleep(time.Minute) // until its handlers have noticed
				defer server.Close()
				kubeconfig := filepath.Join(dir, "kubeconfig")
				text := fmt.Sprintf("clusters: [{name: c, cluster: {server: 'http://%s'}}]\ncontexts: [{name: c, context: {cluster: c}}]\ncurrent-context: c\n", listener.Addr())
				if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}

				c := New(config.Kubernetes{Kubeconfig: kubeconfig, Namespace: "n"}, leaseName, slog.New(slog.DiscardHandler))
				ctx, cancel := context.WithCancel(upstream.Over(context.Background(), n))
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					_ = c.Run(ctx, func(bool) {})
				}()
				const lasts = patience + longestRound
				time.Sleep(lasts)
				if got := c.Standing(); !got.Leads || got.Holds {
					t.Errorf("got %+v, want it to lead without the Lease", got)
				}
				cancel()
				stopping := time.Now()
				<-ended
				if took := time.Since(stopping); took > roundTimeout+time.Second {
					t.Errorf("got the end after %s, want it within %s", took, roundTimeout)
				}
				if least, most := int64(lasts/longestRound), int64(2*lasts/(pace*4/5)+4); asked.Load() < least || asked.Load() > most {
					t.Errorf("got %d requests in %s, want %d to %d", asked.Load(), lasts, least, most)
				}
				if each := sent.Load() / max(asked.Load(), 1); each > 4<<20 {
					t.Errorf("got %d bytes read a request, want at most a Lease's and what is on its way", each)
				}
			})
		})
	}
}
