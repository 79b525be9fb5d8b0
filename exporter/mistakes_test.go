package exporter

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/discovery"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/reason"
)

const (
	goodFlow    = "- {name: good, interval: 1s, timeout: 900ms, nas: {vault: {address: 'http://127.0.0.1:1'}}}\n"
	brokenFlow  = "- {name: good, intervall: 1s, nas: {vault: {address: 'http://127.0.0.1:1'}}}\n"
	mistyped    = "- {name: mistyped, interval: 1s, timeout: 900ms, nas: {pki: {role: hvs.CANARYcanaryCANARYcanary01}, vault: {address: 'http://127.0.0.1:1'}}}\n"
	withoutFile = "- {name: nofile, interval: 1s, timeout: 900ms, nas: {vault: {address: 'http://127.0.0.1:1', kv: {}, auth: {token_file: /nowhere}}}}\n"
)

// written is a configuration file whose content a test changes.
type written struct {
	t    *testing.T
	path string
}

func (w written) set(flows ...string) {
	w.t.Helper()
	if err := os.WriteFile(w.path, []byte("flows:\n"+strings.Join(flows, "")), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// states are the result, hop and reason of every flow.
func states(e *Exporter) map[string]flow.Verdict {
	all := map[string]flow.Verdict{}
	for _, s := range snapshots(e) {
		all[s.Flow] = s.Verdict
	}
	return all
}

// startFrom starts an Exporter on a file of its own, and waits for its first slots.
func startFrom(t *testing.T, log *lockedBuffer, flows ...string) (*Exporter, written) {
	t.Helper()
	file := written{t, filepath.Join(t.TempDir(), "flows.yaml")}
	file.set(flows...)
	e := New(discovery.New(func() (*config.Config, error) { return config.Load(file.path) }, nil), prometheus.NewRegistry(), nil, slog.New(slog.NewTextHandler(log, nil)))
	ended := make(chan error, 1)
	go func() { ended <- e.Run(t.Context()) }()
	t.Cleanup(func() {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	eventually(t, "every flow was checked", func() bool { return len(snapshots(e)) == len(flows) && e.Ready() })
	return e, file
}

// TestOneBadFlowIsItsOwnTrouble: a typing error in one flow kept all others from
// being watched.
func TestOneBadFlowIsItsOwnTrouble(t *testing.T) {
	var log lockedBuffer
	e, file := startFrom(t, &log, goodFlow, mistyped, withoutFile)
	want := map[string]flow.Verdict{
		"good":     {Result: flow.Degraded, Hop: flow.NASVault, Reason: reason.ConnectRefused},
		"mistyped": {Result: flow.Inconclusive, Hop: flow.NASVault, Reason: reason.Config},
		"nofile":   {Result: flow.Inconclusive, Hop: flow.NASKV, Reason: reason.Config},
	}
	got := states(e)
	if got["nofile"].Hop == flow.NASVault { // what cannot be reached leads there
		want["nofile"] = got["nofile"]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	place := file.path + ":3: flows[1].nas.pki.role: got a text of 30 characters in the form of a secret"
	mistakes := snapshots(e)[1].Mistakes
	if len(mistakes.Found) != 1 || !strings.Contains(strings.Join(mistakes.Found, "\n"), place) || !strings.HasPrefix(mistakes.Effect, "Nothing of the flow is checked") {
		t.Errorf("got %+v, want it to name %s", mistakes, place)
	}
	text := gathered(t, e)
	for _, want := range []string{
		`nas_flow_blame{flow="mistyped",hop="nas_vault",reason="config"} 1`,
		`nas_flow_slots_total{flow="mistyped",result="inconclusive"} `,
		`nas_hop_failures_total{flow="nofile",hop="nas_kv",reason="config"} `,
		`vault_health_exporter_config_last_reload_successful 0`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	for _, want := range []string{"flow=mistyped", "flow=nofile", file.path + ":4: flows[2].nas.vault.auth.token_file: reading the file that it names: the file does not exist"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	if strings.Contains(text+log.String(), "CANARY") {
		t.Error("got a secret that was written into the configuration")
	}
}

func gathered(t *testing.T, e *Exporter) string {
	t.Helper()
	text, err := testutil.GatherAndFormat(e.Gatherer(), expfmt.TypeTextPlain, catalogue.Blame, catalogue.Slots, catalogue.HopFailures, catalogue.PKIAttempts, catalogue.ReloadSuccessful)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAMistakeLeavesAFlowAsItWas: who mistypes a key of one flow loses sight of
// nothing, and what else was changed is taken.
func TestAMistakeLeavesAFlowAsItWas(t *testing.T) {
	var log lockedBuffer
	e, file := startFrom(t, &log, goodFlow)
	before := e.find("good").runner
	compare(t, e, "vault_health_exporter_config_last_reload_successful", 1)

	file.set(brokenFlow, mistyped)
	err := e.Reload()
	if err == nil || !strings.Contains(err.Error(), "all others were taken") || !strings.Contains(err.Error(), file.path+":2: flows[0]: got an unknown key") {
		t.Errorf("got %v, want it to name the place", err)
	}
	compare(t, e, "vault_health_exporter_config_last_reload_successful", 0)
	if e.find("good").runner != before {
		t.Error("got another runner of a flow whose new configuration has a mistake")
	}
	if got := snapshots(e)[0].Mistakes; !strings.Contains(strings.Join(got.Found, ""), ":2: ") || got.Effect != "The flow runs on with the configuration before." {
		t.Errorf("got %+v, want the mistake and that what was before goes on", got)
	}
	eventually(t, "the new flow shows its mistake", func() bool {
		return states(e)["mistyped"] == flow.Verdict{Result: flow.Inconclusive, Hop: flow.NASVault, Reason: reason.Config}
	})

	file.set("  this: [is no YAML\n")
	if err := e.Reload(); err == nil || len(snapshots(e)) != 2 {
		t.Errorf("got %v and %d flows of what is no YAML, want all to go on", err, len(snapshots(e)))
	}

	file.set(goodFlow)
	if err := e.Reload(); err != nil {
		t.Fatal(err)
	}
	compare(t, e, "vault_health_exporter_config_last_reload_successful", 1)
	if got := snapshots(e); len(got) != 1 || got[0].Mistakes.Effect != "" || e.find("good").runner != before {
		t.Errorf("got %+v, want the flow to have run on, without a mistake", got)
	}
}
