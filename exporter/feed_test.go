package exporter

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// seen is what one look at the embedded flow finds.
type seen struct {
	Verdict flow.Verdict
	Failing map[flow.Hop]reason.Reason
	Apart   []flow.Pair
	Synced  []flow.Pair
	Feed    string
}

func look(t *testing.T, r *runner.Runner) seen {
	t.Helper()
	r.Once(t.Context())
	s := r.Snapshot()
	found := seen{Verdict: s.Verdict, Failing: map[flow.Hop]reason.Reason{}, Feed: s.Feed.String()}
	for _, h := range s.Hops {
		if h.Reason != "" {
			found.Failing[h.Hop] = h.Reason
		}
	}
	for _, p := range s.Pairs {
		if p.Known && p.InSync {
			found.Synced = append(found.Synced, p.Pair)
		} else if p.Known {
			found.Apart = append(found.Apart, p.Pair)
		}
	}
	return found
}

var (
	inFile    = flow.Pair{From: flow.NASKV, To: flow.DockerExec}
	inMain    = flow.Pair{From: flow.NASKV, To: flow.MainKV}
	fromNAS   = flow.Pair{From: flow.NASKV, To: flow.K8sSecret}
	fromMain  = flow.Pair{From: flow.MainKV, To: flow.K8sSecret}
	nothing   = map[flow.Hop]reason.Reason{}
	suspended = map[flow.Hop]reason.Reason{flow.Broker: reason.Suspended}
)

// brokenBroker is the embedded flow after a rotation that the broker did not carry on.
func brokenBroker(t *testing.T, home homelabtest.Home) {
	t.Helper()
	if err := home.Break(chaos.BrokerSuspended); err != nil {
		t.Fatal(err)
	}
	if err := home.Rotate(); err != nil {
		t.Fatal(err)
	}
	home.Sync()
}

// TestAStoreAtTheNASVault: the main Vault's copy is nobody's then, and an old one
// there is no word against what applications have.
func TestAStoreAtTheNASVault(t *testing.T) {
	home := homelabtest.Start(t, homelabtest.OnRequest)
	nas := home.Flow.NAS.Vault
	home.PointStore(nas.Address, nas.KV.Path)
	home.Sync()
	r, _ := testRunner(home.Flow)
	want := seen{Verdict: flow.Verdict{Result: flow.Good}, Failing: nothing, Synced: []flow.Pair{inFile, inMain, fromNAS}, Feed: "nas_kv"}
	if diff := cmp.Diff(want, look(t, r)); diff != "" {
		t.Errorf("healthy (-want +got):\n%s", diff)
	}
	brokenBroker(t, home)
	want = seen{
		Verdict: flow.Verdict{Result: flow.Degraded, Hop: flow.Broker, Reason: reason.Suspended}, Failing: suspended,
		Apart: []flow.Pair{inMain}, Synced: []flow.Pair{inFile, fromNAS}, Feed: "nas_kv",
	}
	if diff := cmp.Diff(want, look(t, r)); diff != "" {
		t.Errorf("broker suspended, token rotated (-want +got):\n%s", diff)
	}
	if !home.Delivers() {
		t.Error("got applications without a token, want the new one")
	}
	// The old token is revoked with the next rotation, which reaches them, too.
	brokenBroker(t, home)
	if diff := cmp.Diff(want, look(t, r)); diff != "" {
		t.Errorf("rotated again (-want +got):\n%s", diff)
	}
	if err := home.Heal(chaos.BrokerSuspended); err != nil {
		t.Fatal(err)
	}
	if got := look(t, r).Verdict; got.Result != flow.Good {
		t.Errorf("after healing: got %v", got)
	}
}

// TestAStoreThatMayNotBeRead is no failure: the map holds, and says what it said.
func TestAStoreThatMayNotBeRead(t *testing.T) {
	home := homelabtest.Start(t, homelabtest.OnRequest)
	home.GrantRole("vault-health-exporter",
		homelab.Rule{Verbs: []string{"get"}, Resources: []string{"secrets", "cronjobs.batch", "externalsecrets.external-secrets.io"}},
		homelab.Rule{Verbs: []string{"list"}, Resources: []string{"jobs.batch"}})
	r, _ := testRunner(home.Flow)
	want := seen{Verdict: flow.Verdict{Result: flow.Good}, Failing: nothing, Synced: []flow.Pair{inFile, inMain, fromMain}, Feed: "assumed"}
	if diff := cmp.Diff(want, look(t, r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	brokenBroker(t, home)
	want = seen{
		Verdict: flow.Verdict{Result: flow.Degraded, Hop: flow.Broker, Reason: reason.Suspended}, Failing: suspended,
		Apart: []flow.Pair{inMain}, Synced: []flow.Pair{inFile, fromMain}, Feed: "assumed",
	}
	if diff := cmp.Diff(want, look(t, r)); diff != "" {
		t.Errorf("broker suspended, token rotated (-want +got):\n%s", diff)
	}
}

// TestAStoreAtAThirdVault: with its token nothing is compared, whether it is asked
// for a secret of another name or of the same.
func TestAStoreAtAThirdVault(t *testing.T) {
	const third = "https://third.example:8200"
	home := homelabtest.Start(t, homelabtest.OnRequest)
	held, err := home.IssueToken(homelab.NAS, 0, "root")
	if err != nil {
		t.Fatal(err)
	}
	home.AddVault(third, held)
	for _, path := range []string{"team/token", home.Flow.Main.Vault.KV.Path} {
		home.PointStore(third, path)
		home.Sync()
		r, _ := testRunner(home.Flow)
		want := seen{Verdict: flow.Verdict{Result: flow.Good}, Failing: nothing, Synced: []flow.Pair{inFile, inMain}, Feed: "elsewhere"}
		if diff := cmp.Diff(want, look(t, r)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

// TestOneVaultExternalSecretsAndTheSecret is what most clusters have.
func TestOneVaultExternalSecretsAndTheSecret(t *testing.T) {
	home := homelabtest.Start(t, homelabtest.OnRequest)
	f := home.Flow
	f.NAS = config.NAS{}
	f.Main.Kubernetes.Broker = nil
	r, _ := testRunner(f)
	want := seen{Verdict: flow.Verdict{Result: flow.Good}, Failing: nothing, Synced: []flow.Pair{fromMain}, Feed: "main_kv"}
	if diff := cmp.Diff(want, look(t, r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
