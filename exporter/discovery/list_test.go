package discovery

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/chaos/network"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/discovery/discoverytest"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// objects writes a list that has these items and no more.
func objects(items ...any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"items": items})
	}
}

// says answers with a status and a body of JSON.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// laterPages answers all pages but the first one so.
func laterPages(a *discoverytest.API, instead http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("continue") {
			instead(w, r)
			return
		}
		a.List(w, r)
	}
}

// TestAListThatIsNoneChangesNothing: whoever is missing in it would end.
func TestAListThatIsNoneChangesNothing(t *testing.T) {
	team := discoverytest.Object("team-0", nil)
	large := map[string]string{"x.yaml": strings.Repeat("#", 16<<10)}
	for _, test := range []struct {
		name    string
		instead func(*discoverytest.API) http.HandlerFunc
		says    string
	}{
		{"forbidden", func(*discoverytest.API) http.HandlerFunc { return says(403, `{"message":"UPSTREAM"}`) }, "got status 403, want 200: forbidden"},
		{"unauthorized", func(*discoverytest.API) http.HandlerFunc { return says(401, `{}`) }, "unauthorized"},
		{"no answer of Kubernetes'", func(*discoverytest.API) http.HandlerFunc { return says(200, `{"kind":"Status"}`) }, "got a list without items"},
		{"redirected", func(*discoverytest.API) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }
		}, "a redirect"},
		{"expired between pages", func(a *discoverytest.API) http.HandlerFunc {
			return laterPages(a, says(410, `{"kind":"Status","reason":"Expired","metadata":{"continue":"INCONSISTENT"}}`))
		}, "got status 410, want 200"},
		{"forbidden between pages", func(a *discoverytest.API) http.HandlerFunc { return laterPages(a, says(403, `{}`)) }, "forbidden"},
		{"cut between pages", func(a *discoverytest.API) http.HandlerFunc {
			return laterPages(a, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		}, "listing the objects"},
		{"cut within an item", func(*discoverytest.API) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Content-Length", "1000")
				_, _ = io.WriteString(w, `{"items":[{"metadata":{"name":"te`)
			}
		}, "truncated"},
		{"pages without an end", func(*discoverytest.API) http.HandlerFunc {
			return says(200, `{"metadata":{"continue":"more"},"items":[]}`)
		}, "got more than 10000 items"},
		{"too many", func(*discoverytest.API) http.HandlerFunc {
			many := make([]any, 10_001)
			for i := range many {
				many[i] = discoverytest.Object(fmt.Sprint("n", i), nil)
			}
			return objects(many...)
		}, "got more than 10000 items"},
		{"too much in all", func(*discoverytest.API) http.HandlerFunc {
			many := make([]any, 1025)
			for i := range many {
				many[i] = discoverytest.Object(fmt.Sprint("n", i), large)
			}
			return objects(many...)
		}, "got more than 16777216 bytes in all ConfigMaps"},
		{"an object twice", func(*discoverytest.API) http.HandlerFunc { return objects(team, team) }, "got an object twice"},
		{"an object that was not asked for", func(*discoverytest.API) http.HandlerFunc {
			return objects(team, map[string]any{"metadata": map[string]any{"name": "kube-root-ca.crt"}})
		}, "got an object without the labels that were asked for"},
		{"an object without a name", func(*discoverytest.API) http.HandlerFunc { return objects(map[string]any{}) }, "got an object without a name"},
		{"a name that none can have", func(*discoverytest.API) http.HandlerFunc { return objects(discoverytest.Object("../x\n", nil)) }, "got an object without a name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := begin(t, fileFlow)
			w.PageSize = 2
			for i := range 3 {
				w.PutFlow(fmt.Sprint("team-", i), "https://nas:8200")
			}
			all := []string{"of-the-file", "team-0", "team-1", "team-2"}
			if _, err := w.Load(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.Instead(test.instead(&w.API))
			w.want("the first time", all, true, test.says)
			w.want("the second time", all, false, test.says)
			_, _, err := w.poll()
			if text := err.Error(); !strings.HasPrefix(text, "discovery: ") || strings.Contains(text, "UPSTREAM") || strings.Contains(text, "\n") {
				t.Errorf("got %q, want one line that quotes nothing", text)
			}
			cfg, err := w.Load(t.Context())
			if diff := cmp.Diff(all, named(cfg)); diff != "" || err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("a reload: got error %v, want %s, and\n%s", err, test.says, diff)
			}
			if cfg, err := New(w.Source.file, nil).Load(t.Context()); len(named(cfg)) != 1 || err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("a start: got %v and %v, want the flow of the file and %s", named(cfg), err, test.says)
			}
			w.Instead(nil)
			w.Delete("team-1")
			w.want("healed", []string{"of-the-file", "team-0", "team-2"}, true, "")
		})
	}
}

// TestAnotherDiscoveryThatFails: a mistake in where to look ends nothing either.
func TestAnotherDiscoveryThatFails(t *testing.T) {
	w := begin(t, fileFlow)
	w.PutFlow("team-a", "https://nas:8200")
	if _, err := w.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.rewrite("namespace: flows", "namespace: elsewhere")
	const says = "discovery: it was changed and not taken: listing the objects"
	if cfg, err := w.Load(t.Context()); cfg != nil || err == nil || !strings.HasPrefix(err.Error(), says) {
		t.Errorf("got %v and %v, want nothing and %s", named(cfg), err, says)
	}
	w.PutFlow("team-b", "https://nas:8200")
	w.want("where it was", []string{"of-the-file", "team-a", "team-b"}, true, says)
	w.rewrite("namespace: elsewhere", "namespace: flows")
	if _, err := w.Load(t.Context()); err != nil {
		t.Error(err)
	}
	w.want("mended", []string{"of-the-file", "team-a", "team-b"}, false, "")
}

// TestAPanicEndsNoProgram.
func TestAPanicEndsNoProgram(t *testing.T) {
	done := false
	guarded(func() {
		done = true
		panic("of a library")
	})
	if !done {
		t.Error("got nothing done")
	}
}

// TestDeletedBetweenPages: whoever is gone meanwhile ends now or with the next list.
func TestDeletedBetweenPages(t *testing.T) {
	for gone, first := range map[string][]string{
		"team-0": {"team-0", "team-1", "team-2", "team-3"}, // it has come by then
		"team-3": {"team-0", "team-1", "team-2"},
	} {
		t.Run(gone, func(t *testing.T) {
			w := begin(t, "")
			w.PageSize = 2
			for i := range 4 {
				w.PutFlow(fmt.Sprint("team-", i), "https://nas:8200")
			}
			if _, err := w.Load(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.Instead(laterPages(&w.API, func(rw http.ResponseWriter, r *http.Request) {
				w.Delete(gone)
				w.List(rw, r)
			}))
			w.want("meanwhile", first, len(first) == 3, "")
			got, _, err := w.poll()
			if err != nil || len(got) != 3 || strings.Contains(strings.Join(got, " "), gone) {
				t.Errorf("then: got %q and %v, want all but %s", got, err, gone)
			}
		})
	}
}

// TestAnAPIThatHangs is given up, however it hangs.
func TestAnAPIThatHangs(t *testing.T) {
	hang := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	drip := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"items":[`)
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			time.Sleep(time.Second)
		}
	}
	slowly := func(a *discoverytest.API) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(9 * time.Second) // each page within the time, and not all of them
			a.List(w, r)
		}
	}
	for name, instead := range map[string]func(*discoverytest.API) http.HandlerFunc{
		"silent":            func(*discoverytest.API) http.HandlerFunc { return hang },
		"dripping":          func(*discoverytest.API) http.HandlerFunc { return drip },
		"silent in between": func(a *discoverytest.API) http.HandlerFunc { return laterPages(a, hang) },
		"slow":              slowly,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := &discoverytest.API{PageSize: 2}
				for i := range 3 {
					api.PutFlow(fmt.Sprint("team-", i), "https://nas:8200")
				}
				var over network.Network
				listener, err := over.Listen("10.0.0.1:80")
				if err != nil {
					t.Fatal(err)
				}
				server := http.Server{Handler: api}
				go func() { _ = server.Serve(listener) }()
				defer time.Sleep(time.Minute) // what sleeps in the server ends
				defer server.Close()
				file := discoverytest.Config(t, "http://10.0.0.1:80", "1m", "")
				s := New(func() (*config.Config, error) { return config.Load(file) }, nil)
				ctx := upstream.Over(t.Context(), &over)
				if cfg, err := s.Load(ctx); err != nil || len(cfg.Flows) != 3 {
					t.Fatalf("got %v and %v, want three flows", named(cfg), err)
				}
				api.Instead(instead(api))
				began := time.Now()
				cfg, _, err := s.Poll(ctx)
				if took := time.Since(began); took > listTimeout || err == nil || len(cfg.Flows) != 3 {
					t.Errorf("got %v and %v after %s, want all flows and an error after %s", named(cfg), err, took, listTimeout)
				}
			})
		})
	}
}
