package exporter

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// password is no Vault token: it has two lines, white space at its end, and letters
// that JSON may escape.
const password = "correct hörse <battery>\nstaple\U0001F40E \n"

// TestOpaqueValuesAreComparedByteByByte in a flow from one Vault to a Secret.
func TestOpaqueValuesAreComparedByteByByte(t *testing.T) {
	home := homelabtest.Start(t, homelabtest.OnRequest)
	if err := home.Break(chaos.BrokerSuspended); err != nil { // which copies tokens only
		t.Fatal(err)
	}
	write := func(value string) {
		if err := home.SetSecret(homelab.Main, homelab.SecretVersion{Data: map[string]any{"token": value}}); err != nil {
			t.Fatal(err)
		}
	}
	write(password)
	home.Sync()
	f := home.Flow
	watched := *f.NAS.Vault
	watched.KV = nil
	f.NAS, f.Main.Kubernetes.Broker, f.Format = config.NAS{Vault: &watched}, nil, config.FormatOpaque
	r, m := testRunner(f)
	step := func(when string, want seen) {
		t.Helper()
		want.Feed = "main_kv"
		if diff := cmp.Diff(want, look(t, r)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	step("healthy", seen{Verdict: flow.Verdict{Result: flow.Good}, Failing: nothing, Synced: []flow.Pair{fromMain}})
	want := []flow.Hop{flow.NASVault, flow.MainVault, flow.MainKV, flow.ExternalSecret, flow.K8sSecret}
	if diff := cmp.Diff(want, r.Snapshot().Configured()); diff != "" {
		t.Errorf("hops, without one that tries a token (-want +got):\n%s", diff)
	}
	text := shown(t, r.Snapshot(), m)
	if strings.Contains(text, "battery") || !strings.Contains(text, "main_kv") {
		t.Errorf("got the value in %d bytes that are shown", len(text))
	}
	for _, why := range []reason.Reason{reason.Ambiguous, reason.Padded} {
		if strings.Contains(text, `reason="`+string(why)+`"`) {
			t.Errorf("got a counter of what is %s, which is a mistake of a token's form", why)
		}
	}

	write(password + "\n")
	step("one newline more", seen{
		Verdict: flow.Verdict{Result: flow.Degraded, Hop: flow.ExternalSecret, Reason: reason.Stale}, Failing: nothing, Apart: []flow.Pair{fromMain},
	})
	home.Sync()
	step("copied", seen{Verdict: flow.Verdict{Result: flow.Good}, Failing: nothing, Synced: []flow.Pair{fromMain}})

	write("")
	step("nothing in it", seen{
		Verdict: flow.Verdict{Result: flow.Degraded, Hop: flow.MainKV, Reason: reason.Empty}, Failing: map[flow.Hop]reason.Reason{flow.MainKV: reason.Empty},
	})
}

// shown is what persons and Prometheus read of it.
func shown(t *testing.T, s runner.Snapshot, m *metrics.Metrics) string {
	t.Helper()
	text, err := testutil.GatherAndFormat(m, expfmt.TypeTextPlain)
	if err != nil {
		t.Fatal(err)
	}
	return pageOf(s) + string(text)
}
