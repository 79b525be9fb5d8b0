package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// exporter is a Source made of values.
type exporter struct {
	snapshots []runner.Snapshot
	ready     bool
	reloadErr error
	check     func(ctx context.Context, reg prometheus.Registerer) (hop.Reading, error)
}

func (e *exporter) Ready() bool   { return e.ready }
func (e *exporter) Reload() error { return e.reloadErr }

func (e *exporter) Summaries() []runner.Summary {
	all := make([]runner.Summary, len(e.snapshots))
	for i, s := range e.snapshots {
		all[i] = s.Summary
	}
	return all
}

func (e *exporter) Snapshot(name string) (runner.Snapshot, bool) {
	for _, s := range e.snapshots {
		if s.Flow == name {
			return s, true
		}
	}
	return runner.Snapshot{}, false
}

func (e *exporter) Hops(name string) []flow.Hop {
	if name == "qnap" {
		return []flow.Hop{flow.NASVault, flow.NASKV}
	}
	return nil
}

func (e *exporter) Probe(ctx context.Context, _ string, _ flow.Hop, reg prometheus.Registerer) (hop.Reading, error) {
	if e.check == nil {
		return hop.Reading{}, nil
	}
	return e.check(ctx, reg)
}

func serve(t *testing.T, e *exporter) *httptest.Server {
	t.Helper()
	if e.snapshots == nil {
		e.snapshots = []runner.Snapshot{green()}
	}
	metrics := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "nas_vault_up 1\n")
	})
	server := httptest.NewServer(New(e, metrics, func() time.Time { return at }, Options{Version: "1.2.3"}))
	t.Cleanup(server.Close)
	return server
}

// answer is a response with its body read.
type answer struct {
	status int
	header http.Header
	body   string
}

func ask(t *testing.T, method, url string, header ...string) answer {
	t.Helper()
	request, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(body)}
}

func TestRoutes(t *testing.T) {
	fine := &exporter{ready: true}
	starting := &exporter{}
	misconfigured := &exporter{reloadErr: errors.New(`reading "exporter.yml": line 3: unknown field "flow"`)}
	tests := []struct {
		name   string
		source *exporter
		method string
		path   string
		status int
		body   string
	}{
		{"metrics", fine, "GET", "/metrics", 200, "nas_vault_up 1"},
		{"healthy", starting, "GET", "/-/healthy", 200, "healthy"},
		{"ready", fine, "GET", "/-/ready", 200, "ready: no flow waits for its first check"},
		{"not ready", starting, "GET", "/-/ready", 503, "not ready: some flow was not checked yet"},
		{"reload", fine, "POST", "/-/reload", 200, "configuration reloaded"},
		{"reload by PUT", fine, "PUT", "/-/reload", 200, "configuration reloaded"},
		{"reload by GET", fine, "GET", "/-/reload", 405, "Method Not Allowed"},
		{"reload fails", misconfigured, "POST", "/-/reload", 500, `line 3: unknown field "flow"`},
		{"page", fine, "GET", "/", 200, "Applications get a working token."},
		{"page by HEAD", fine, "HEAD", "/", 200, ""},
		{"page by POST", fine, "POST", "/", 405, "Method Not Allowed"},
		{"metrics by HEAD", fine, "HEAD", "/metrics", 200, ""},
		{"style", fine, "GET", "/style.css", 200, "prefers-color-scheme: dark"},
		{"probe", fine, "GET", "/probe?flow=qnap&hop=nas_kv", 200, "probe_success 1"},
		{"anything else", fine, "GET", "/index.html", 404, "not found"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ask(t, test.method, serve(t, test.source).URL+test.path)
			if got.status != test.status || !strings.Contains(got.body, test.body) {
				t.Errorf("asking %s %s: got %d %q, want %d and %q", test.method, test.path, got.status, got.body, test.status, test.body)
			}
		})
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	server := serve(t, &exporter{})
	want := map[string]string{
		"Content-Security-Policy": contentPolicy,
		"X-Content-Type-Options":  "nosniff",
		"Referrer-Policy":         "no-referrer",
	}
	for _, path := range []string{"/", "/metrics", "/probe", "/style.css", "/missing"} {
		got := ask(t, "GET", server.URL+path)
		for name, value := range want {
			if got.header.Get(name) != value {
				t.Errorf("asking %s: header %s is %q, want %q", path, name, got.header.Get(name), value)
			}
		}
	}
	if got := ask(t, "GET", server.URL+"/").header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("the page's Cache-Control is %q, want no-store", got)
	}
}
