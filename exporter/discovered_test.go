package exporter

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/discovery"
	"homelab.io/vault-health-exporter/exporter/discovery/discoverytest"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestDiscoveredFlowsComeAndGo, and who did not change feels nothing of it.
func TestDiscoveredFlowsComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := discover(t, ofTheFile, func(d *discovering) {
			for _, name := range []string{"changed", "removed", "unchanged"} {
				d.PutFlow(name, nobody)
			}
		})
		d.want("at the start", "changed", "of-the-file", "removed", "unchanged")
		d.wantSuccess(true)
		d.pass(10 * pollInterval)
		before := map[string]*running{"of-the-file": d.find("of-the-file"), "unchanged": d.find("unchanged")}
		changed := d.find("changed").runner
		d.PutFlow("added", nobody)
		d.PutFlow("changed", nobody+"80")
		d.Delete("removed")
		d.pass(2 * pollInterval)
		d.want("after a poll", "added", "changed", "of-the-file", "unchanged")
		if !d.Ready() {
			t.Error("got an exporter that is not ready")
		}
		for name, f := range before {
			if d.find(name).runner != f.runner || f.runner.Summary().Cycles < 20 {
				t.Errorf("%s: got another runner, or one that did not go on", name)
			}
		}
		if d.find("changed").runner == changed {
			t.Error("got the runner of before of a flow that was changed")
		}
		text := gathered(t, d.Exporter)
		if strings.Contains(text, `flow="removed"`) || !strings.Contains(text, `flow="added"`) {
			t.Error("got series of the removed flow, or none of the added one")
		}
		d.Delete("added")
		d.Delete("changed")
		d.Delete("unchanged")
		d.pass(2 * pollInterval)
		d.want("after an empty list", "of-the-file")
		d.wantSuccess(true)
	})
}

// TestAPollThatFailsChangesNothing: it shows in the metrics, and once in the log.
func TestAPollThatFailsChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := discover(t, "", func(d *discovering) { d.PutFlow("team-a", nobody) })
		runner := d.find("team-a").runner
		d.Instead(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
		d.pass(10 * pollInterval)
		d.want("without the right to list", "team-a")
		d.wantSuccess(false)
		if got := strings.Count(d.log.String(), "got status 403, want 200: forbidden"); got != 1 {
			t.Errorf("got %d lines about it in the log, want one", got)
		}
		if d.find("team-a").runner != runner {
			t.Error("got another runner")
		}
		d.Instead(nil)
		d.pass(2 * pollInterval)
		d.wantSuccess(true)
	})
}

// TestAFirstListThatFails: the flows of the file are watched, and the others once
// they are known.
func TestAFirstListThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := discover(t, ofTheFile, func(d *discovering) {
			d.PutFlow("team-a", nobody)
			d.Instead(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		})
		d.want("while the API hangs", "of-the-file")
		d.wantSuccess(false)
		another := New(d.source(), prometheus.NewRegistry(), nil, slog.New(slog.DiscardHandler))
		if _, err := another.Once(d.ctx); err == nil || !strings.Contains(err.Error(), "discovery: listing the objects") {
			t.Errorf("got %v of checking every flow once, want it to say that some are not known", err)
		}
		d.Instead(nil)
		d.pass(2 * pollInterval)
		d.want("once it answers", "of-the-file", "team-a")
		d.wantSuccess(true)
	})
}

// TestAnAPIThatHangsHoldsNothingUp: no slot, no reload for ever, and no end.
func TestAnAPIThatHangsHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := discover(t, "", func(d *discovering) { d.PutFlow("team-a", nobody) })
		d.Instead(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		d.pass(pollInterval) // the poll has begun or ended
		began, cycles := time.Now(), d.find("team-a").runner.Summary().Cycles
		if err := d.Reload(); err == nil || !strings.Contains(err.Error(), ": timeout") || time.Since(began) > 20*time.Second {
			t.Errorf("got %v after %s, want a timeout after 10s, or after those of a poll before it", err, time.Since(began))
		}
		d.pass(10 * pollInterval)
		if got := d.find("team-a").runner.Summary().Cycles - cycles; got < 20 {
			t.Errorf("got %d slots in ten minutes, want 20", got)
		}
		for lists := d.Lists(); d.Lists() == lists; { // until one hangs
			time.Sleep(time.Second)
		}
		began = time.Now()
		d.cancel()
		if err := <-d.ended; err != nil || time.Since(began) > time.Second {
			t.Errorf("got %v and the end after %s, want it at once", err, time.Since(began))
		}
		if got := strings.Count(d.log.String(), "canceled"); got > 0 {
			t.Error("got a list that our own end cut in the log")
		}
	})
}

// TestABrokenConfigMapStopsNobody, not even its own flow, as long as that runs.
func TestABrokenConfigMapStopsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := discover(t, ofTheFile, func(d *discovering) {
			d.PutFlow("good", nobody)
			d.PutFlow("of-the-file", "http://"+strangers)
			d.Put("new", map[string]string{"flow.yaml": "flows: ["})
		})
		d.want("with a broken one", "good", "new", "of-the-file")
		d.wantSuccess(false)
		if got := states(d.Exporter)["new"]; got != (flow.Verdict{Result: flow.Inconclusive, Hop: flow.K8sSecret, Reason: reason.Config}) {
			t.Errorf("got %v, want it to be inconclusive because of its configuration", got)
		}
		runner := d.find("good").runner
		d.Put("good", map[string]string{"flow.yaml": "flows: []\n"})
		d.pass(5 * pollInterval)
		s, _ := d.Snapshot("good")
		want := `configmap "flows/good" key "flow.yaml": line 1: flows: got no flow, want at least one`
		if d.find("good").runner != runner || s.Mistakes.Effect != "The flow runs on with the configuration before." || len(s.Mistakes.Found) != 1 || s.Mistakes.Found[0] != want {
			t.Errorf("got %+v, want the flow to run on and %s", s.Mistakes, want)
		}
		for line, times := range map[string]int{`mistake in its configuration" flow=new`: 1, `mistake in its configuration" flow=good`: 1, "got the name of a flow of the configuration file": 1} {
			if got := strings.Count(d.log.String(), line); got != times {
				t.Errorf("got %d lines with %s in the log, want %d", got, line, times)
			}
		}
		d.Delete("good")
		d.pass(2 * pollInterval)
		d.want("without it", "new", "of-the-file")
	})
}

// TestStrangersGetNothing: a ConfigMap names what is in the pod, and a server of its
// writer's own to send it to.
func TestStrangersGetNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		lent, secret := t.TempDir(), filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(secret, []byte("hvs.CANARYcanaryCANARYcanary01"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(secret, filepath.Join(lent, "link")); err != nil {
			t.Fatal(err)
		}
		names := map[string]string{"file": secret, "link": lent + "/link", "dots": lent + "/../" + filepath.Base(filepath.Dir(secret)) + "/token"}
		d := discover(t, "", func(d *discovering) {
			d.serve(strangers, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
			text, err := os.ReadFile(d.file)
			if err == nil {
				err = os.WriteFile(d.file, []byte(strings.Replace(string(text), "discovery: {", fmt.Sprintf("discovery: {files_dir: %q, ", lent), 1)), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			for name, path := range names {
				d.Put(name, map[string]string{"x.yaml": fmt.Sprintf("flows: [{nas: {vault: {address: 'http://%s', kv: {}, auth: {token_file: %q}}}}]\n", strangers, path)})
			}
			d.Put("identity", map[string]string{"x.yaml": fmt.Sprintf("flows: [{nas: {vault: {address: 'http://%s', kv: {}, auth: {kubernetes: {role: r}}}}, main: {kubernetes: {secret: {}}}}]\n", strangers)})
		})
		d.pass(5 * pollInterval)
		d.want("four of them", "dots", "file", "identity", "link")
		for name, state := range states(d.Exporter) {
			if state.Result != flow.Inconclusive || state.Reason != reason.Config {
				t.Errorf("%s: got %v, want nothing of it to be checked", name, state)
			}
		}
		if asked.Load() > 0 {
			t.Errorf("got %d requests to a stranger, want none", asked.Load())
		}
	})
}

// TestADiscoveredFlowIsWhole: with the files of the embedded flow lent to it, a
// discovered one is as good as one of a file.
func TestADiscoveredFlowIsWhole(t *testing.T) {
	home, f := startHomelab(t)
	api := &discoverytest.API{}
	api.Put(f.Name, map[string]string{"flow.yaml": string(home.Config())})
	server := httptest.NewServer(api)
	defer server.Close()
	for lent, want := range map[string]flow.Result{filepath.Dir(f.NAS.Docker.TLS.CAFile): flow.Good, t.TempDir(): flow.Inconclusive} {
		file := discoverytest.Config(t, server.URL, "1m", "")
		source := discovery.New(func() (*config.Config, error) {
			cfg, err := config.Load(file)
			if err == nil {
				cfg.Discovery.FilesDir = lent
			}
			return cfg, err
		}, nil)
		all, err := New(source, prometheus.NewRegistry(), nil, slog.New(slog.DiscardHandler)).Once(t.Context())
		if err != nil || len(all) != 1 || all[0].Verdict.Result != want {
			t.Errorf("got %v and %+v, want one flow that is %s", err, all, want)
		}
	}
}
