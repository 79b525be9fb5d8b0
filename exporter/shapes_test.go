//go:build !race

package exporter

import (
	"slices"
	"strings"
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

// shapes are the flows that are not the whole one, as what each leaves out of it.
var shapes = []struct {
	name    string
	without func(*config.Flow)
	hops    []flow.Hop
	feed    string
	// direct says that the store points at the NAS Vault.
	direct bool
}{
	{
		name:    "Vault, External Secrets, Secret",
		without: func(f *config.Flow) { f.NAS, f.Main.Kubernetes.Broker = config.NAS{}, nil },
		hops:    []flow.Hop{flow.MainVault, flow.MainKV, flow.ExternalSecret, flow.K8sSecret},
		feed:    "main_kv",
	},
	{
		name: "the same, and what the Secret holds is tried at that Vault",
		without: func(f *config.Flow) {
			f.NAS, f.Main.Vault, f.Main.Kubernetes.Broker = config.NAS{Vault: f.NAS.Vault}, nil, nil
		},
		hops:   []flow.Hop{flow.NASVault, flow.NASKV, flow.ExternalSecret, flow.K8sSecret, flow.Token},
		feed:   "nas_kv",
		direct: true,
	},
	{
		name:    "two Vaults and a broker",
		without: func(f *config.Flow) { f.NAS.Docker, f.NAS.PKI, f.NAS.Transit = nil, nil, nil },
		hops:    []flow.Hop{flow.NASVault, flow.NASKV, flow.Broker, flow.MainVault, flow.MainKV, flow.ExternalSecret, flow.K8sSecret, flow.Token},
		feed:    "main_kv",
	},
	{
		name:    "a Vault and what applications read in it",
		without: func(f *config.Flow) { f.NAS, f.Main.Kubernetes = config.NAS{}, nil },
		hops:    []flow.Hop{flow.MainVault, flow.MainKV},
		feed:    "assumed",
	},
	{
		name: "External Secrets and the Secret",
		without: func(f *config.Flow) {
			f.NAS, f.Main.Vault, f.Main.Kubernetes.Broker = config.NAS{}, nil, nil
		},
		hops: []flow.Hop{flow.ExternalSecret, flow.K8sSecret},
		feed: "assumed",
	},
	{
		name: "the Secret alone",
		without: func(f *config.Flow) {
			f.NAS, f.Main.Vault, f.Main.Kubernetes.Broker, f.Main.Kubernetes.ExternalSecret = config.NAS{}, nil, nil, nil
		},
		hops: []flow.Hop{flow.K8sSecret},
		feed: "assumed",
	},
	{
		name:    "the file alone",
		without: func(f *config.Flow) { f.NAS, f.Main = config.NAS{Docker: f.NAS.Docker}, config.Main{} },
		hops:    []flow.Hop{flow.DockerExec},
		feed:    "assumed",
	},
}

// spoken are words of a page that is about a hop.
var spoken = map[flow.Hop][]string{
	flow.DockerExec: {"Token file on the NAS", "token file in", "Docker"}, flow.NASVault: {"NAS Vault"}, flow.Broker: {"roker"}, flow.MainVault: {"ain Vault"},
	flow.ExternalSecret: {"External Secret", "ExternalSecret"}, flow.K8sSecret: {"Secret that applications read"},
}

// TestEveryShapeOfAFlow: what is not configured is not there. A flow of fewer hops
// is good when it works, names the fault of each of its hops, and its page says
// nothing of others.
func TestEveryShapeOfAFlow(t *testing.T) {
	for _, shape := range shapes {
		t.Run(shape.name, func(t *testing.T) {
			home := homelabtest.Start(t, homelabtest.OnRequest)
			if nas := home.Flow.NAS.Vault; shape.direct {
				home.PointStore(nas.Address, nas.KV.Path)
				home.Sync()
			}
			f := home.Flow
			shape.without(&f)
			r, _ := testRunner(f)
			got := look(t, r)
			if diff := cmp.Diff(flow.Verdict{Result: flow.Good}, got.Verdict); diff != "" || got.Feed != shape.feed {
				t.Fatalf("healthy: got feed %s, want %s, and (-want +got):\n%s", got.Feed, shape.feed, diff)
			}
			if diff := cmp.Diff(shape.hops, r.Snapshot().Configured()); diff != "" {
				t.Errorf("hops (-want +got):\n%s", diff)
			}
			saysNothingOfOthers(t, "healthy", r, shape.hops)
			for _, h := range shape.hops {
				for _, fault := range faultsOf(home.Homelab, h) {
					if err := home.Break(fault.Name); err != nil {
						t.Fatal(err)
					}
					home.Sync()
					want := flow.Verdict{Hop: h, Reason: fault.Reason}
					got := look(t, r).Verdict
					if got.Result == flow.Good || got.Hop != want.Hop || got.Reason != want.Reason {
						t.Errorf("%s: got %v, want %v", fault.Name, got, want)
					}
					if r.Snapshot().Remedy() == "" {
						t.Errorf("%s: got no remedy", fault.Name)
					}
					saysNothingOfOthers(t, fault.Name, r, shape.hops)
					if err := home.Heal(fault.Name); err != nil {
						t.Fatal(err)
					}
					if got := look(t, r).Verdict; got.Result != flow.Good {
						t.Errorf("%s healed: got %v", fault.Name, got)
					}
				}
			}
		})
	}
}

// faultsOf are faults of the embedded flow that are the hop's own, one for each kind
// of reason. Those of the exporter are of no hop, and that the file is old takes
// another hop to see.
func faultsOf(home *homelab.Homelab, h flow.Hop) (all []homelab.FaultState) {
	groups := []reason.Group{reason.Exporter}
	for _, f := range home.Faults() {
		if f.Hop == h && f.Name != chaos.NASSlow && f.Name != chaos.FileStuck && !slices.Contains(groups, f.Reason.Group()) {
			all, groups = append(all, f), append(groups, f.Reason.Group())
		}
	}
	return all
}

// saysNothingOfOthers holds the page to the hops that are there.
func saysNothingOfOthers(t *testing.T, when string, r *runner.Runner, there []flow.Hop) {
	t.Helper()
	page := pageOf(r.Snapshot())
	for h, words := range spoken {
		for _, word := range words {
			if at := strings.Index(page, word); at >= 0 && !slices.Contains(there, h) {
				t.Errorf("%s: the page speaks of %s: …%s…", when, h, page[max(0, at-80):min(len(page), at+80)])
			}
		}
	}
	if len(page) < 1000 {
		t.Fatalf("%s: got a page of %d bytes", when, len(page))
	}
}
