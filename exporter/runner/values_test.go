package runner_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// accepted is the reading of a token that the NAS accepts until end.
func accepted(end time.Time) hop.Reading {
	return hop.Reading{Auth: &upstream.TokenState{Valid: true, Expiry: end}}
}

func TestRotationIsSeenTimedAndInSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, copied := copyOf(first), copyOf(first)
		b := newBench(t, hop.Hop{Name: flow.NASKV, Check: holding(source)}, hop.Hop{Name: flow.MainKV, Check: holding(copied)})
		go func() {
			time.Sleep(2 * interval)
			next := second
			source.Store(&next)
			time.Sleep(3 * interval)
			copied.Store(&next)
		}()
		b.during(4*interval - time.Millisecond)
		b.series("nas_token_in_sync")
		b.series("nas_flow_blame", `nas_flow_blame{flow="qnap",hop="main_kv",reason="stale"} 1`)
		b.during(4 * interval)
		b.series("nas_token_in_sync", `nas_token_in_sync{flow="qnap",from="nas_kv",to="main_kv"} 1`)
		b.series("nas_flow_blame")
		b.series("nas_token_rotations_total", `nas_token_rotations_total{flow="qnap",hop="main_kv"} 1`, `nas_token_rotations_total{flow="qnap",hop="nas_kv"} 1`)
		text, _ := testutil.GatherAndFormat(b.metrics, expfmt.TypeTextPlain, "nas_token_propagation_duration_seconds")
		if !strings.Contains(string(text), `nas_token_propagation_duration_seconds_count{flow="qnap",from="nas_kv",to="main_kv"} 1`) {
			t.Errorf("got %s", text)
		}
	})
}

func TestACopyThatChangesByItselfIsAMismatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, copied := copyOf(first), copyOf(first)
		b := newBench(t, hop.Hop{Name: flow.NASKV, Check: holding(source)}, hop.Hop{Name: flow.MainKV, Check: holding(copied)})
		b.during(interval)
		edited := second
		copied.Store(&edited)
		b.during(interval)
		b.series("nas_flow_blame", `nas_flow_blame{flow="qnap",hop="main_kv",reason="mismatch"} 1`)
	})
}

func TestATokenOutlivesTheNASOnlyUntilItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := time.Now().Add(3 * interval)
		var gone atomic.Bool
		lookup := func(context.Context) (hop.Reading, error) {
			if gone.Load() {
				return hop.Reading{}, reason.Errorf(reason.ConnectRefused, "looking up")
			}
			return accepted(end), nil
		}
		b := newBench(t, hop.Hop{Name: flow.K8sSecret, Check: holding(copyOf(first))}, hop.Hop{Name: flow.Token, Check: lookup})
		b.during(interval - time.Millisecond)
		gone.Store(true)
		b.during(2*interval - time.Millisecond)
		b.series("nas_flow_blame", `nas_flow_blame{flow="qnap",hop="token",reason="connect_refused"} 1`)
		b.during(interval)
		b.series("nas_flow_blame", `nas_flow_blame{flow="qnap",hop="token",reason="expired"} 1`)
		b.series("nas_token_valid")
	})
}

func TestEqualFailuresInARowAreOneEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failing atomic.Bool
		failing.Store(true)
		check := func(context.Context) (hop.Reading, error) {
			if failing.Load() {
				return hop.Reading{}, reason.Errorf(reason.Sealed, "asking")
			}
			return hop.Reading{}, nil
		}
		b := newBench(t, hop.Hop{Name: flow.NASVault, Check: check})
		b.during(3*interval - time.Millisecond)
		failing.Store(false)
		b.during(interval - time.Millisecond)
		failing.Store(true)
		b.during(interval - time.Millisecond)
		got := b.runner.Snapshot().Failures
		if len(got) != 2 || got[0].Count != 1 || got[1].Count != 3 || got[1].Time.Sub(got[1].First) != 2*interval {
			t.Errorf("got %+v, want one failure after three in a row", got)
		}
	})
}
