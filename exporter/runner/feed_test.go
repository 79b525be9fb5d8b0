package runner_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
)

var (
	atNAS = &hop.Source{Feed: flow.Feed{Known: true, Vault: flow.NASVault, Copy: flow.NASKV}}
	alias = &hop.Source{Feed: flow.Feed{Known: true, Vault: flow.MainVault, Copy: flow.MainKV}, Alias: true}
)

// fed is a flow of three copies, of which the main Vault's is an old one, and an
// ExternalSecret that says what *source is.
type fed struct {
	*bench
	secret *atomic.Pointer[string]
	source atomic.Pointer[hop.Source]
}

func newFed(t *testing.T, secret string) *fed {
	f := &fed{secret: copyOf(secret)}
	external := func(context.Context) (hop.Reading, error) {
		return hop.Reading{External: &hop.ExternalState{Ready: true, Source: f.source.Load()}}, nil
	}
	f.bench = newBench(t,
		hop.Hop{Name: flow.NASKV, Check: holding(copyOf(second))}, hop.Hop{Name: flow.MainKV, Check: holding(copyOf(first))},
		hop.Hop{Name: flow.ExternalSecret, Check: external}, hop.Hop{Name: flow.K8sSecret, Check: holding(f.secret)})
	return f
}

const aSlot = interval - time.Millisecond

func TestTheSecretIsComparedWithWhatItIsMadeFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFed(t, second)
		f.during(aSlot)
		f.series("nas_external_secret_source", `nas_external_secret_source{flow="qnap",source="assumed"} 1`)
		f.series("nas_flow_blame", `nas_flow_blame{flow="qnap",hop="main_kv",reason="mismatch"} 1`)

		f.source.Store(atNAS)
		f.during(aSlot)
		f.series("nas_external_secret_source", `nas_external_secret_source{flow="qnap",source="nas_kv"} 1`)
		f.series("nas_token_in_sync", `nas_token_in_sync{flow="qnap",from="nas_kv",to="k8s_secret"} 1`)

		f.source.Store(nil) // a store that does not answer points where it did
		f.during(aSlot)
		f.series("nas_token_in_sync", `nas_token_in_sync{flow="qnap",from="nas_kv",to="k8s_secret"} 1`)

		f.source.Store(&hop.Source{Feed: flow.Feed{Known: true}})
		f.during(aSlot)
		f.series("nas_external_secret_source", `nas_external_secret_source{flow="qnap",source="elsewhere"} 1`)
		f.series("nas_token_in_sync")
		if pairs := f.runner.Snapshot().Pairs; len(pairs) != 1 || pairs[0].To == flow.K8sSecret {
			t.Errorf("got the pairs %+v, want none into the Secret", pairs)
		}

		f.source.Store(&hop.Source{}) // it can be read and is not understood: the map holds
		f.during(aSlot)
		f.series("nas_external_secret_source", `nas_external_secret_source{flow="qnap",source="assumed"} 1`)
	})
}

// TestAnotherNameOfAVaultIsProvenByTheValue: before that it may be any Vault.
func TestAnotherNameOfAVaultIsProvenByTheValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFed(t, second)
		f.source.Store(alias)
		f.during(aSlot)
		f.series("nas_external_secret_source", `nas_external_secret_source{flow="qnap",source="elsewhere"} 1`)

		value := first
		f.secret.Store(&value)
		f.during(2*interval - time.Millisecond)
		f.series("nas_external_secret_source", `nas_external_secret_source{flow="qnap",source="main_kv"} 1`)
		f.series("nas_token_in_sync", `nas_token_in_sync{flow="qnap",from="main_kv",to="k8s_secret"} 1`)

		edited := "hvs.EDITEDeditedEDITEDedit1"
		f.secret.Store(&edited)
		f.during(aSlot)
		f.series("nas_external_secret_source", `nas_external_secret_source{flow="qnap",source="main_kv"} 1`)
		if pairs := f.runner.Snapshot().Pairs; !pairs[1].Known || pairs[1].InSync {
			t.Errorf("got the pairs %+v, want the Secret's apart", pairs)
		}
	})
}
