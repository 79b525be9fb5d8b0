package runner_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestAnOpenRotationShowsUntilItEnds: and no longer, nor while the NAS Vault's
// copy cannot be read, nor for what is noted beside another copy.
func TestAnOpenRotationShowsUntilItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const metric, shown = "nas_token_rotation_open_timestamp_seconds", `nas_token_rotation_open_timestamp_seconds{flow="qnap"} 1.7e+09`
		began := time.Unix(17e8, 0)
		var now atomic.Pointer[time.Time]
		source := func(context.Context) (r hop.Reading, err error) {
			at := now.Load()
			if at == nil {
				return r, reason.Errorf(reason.Forbidden, "reading")
			}
			r.RotationOpened = *at
			r.Facts = []catalogue.Fact{catalogue.Moment(catalogue.RotationOpen, *at)}
			return r, nil
		}
		other := func(context.Context) (r hop.Reading, err error) {
			r.RotationOpened = began.Add(-time.Hour)
			return r, nil
		}
		b := newBench(t, hop.Hop{Name: flow.NASKV, Check: source}, hop.Hop{Name: flow.MainKV, Check: other})
		for _, step := range []struct {
			at   *time.Time
			want []string
		}{{&time.Time{}, nil}, {&began, []string{shown}}, {nil, nil}, {&began, []string{shown}}, {&time.Time{}, nil}} {
			now.Store(step.at)
			b.during(interval)
			b.series(metric, step.want...)
			for _, h := range b.runner.Snapshot().Hops {
				if known := h.Hop == flow.NASKV && step.want != nil; known == h.RotationOpened.IsZero() {
					t.Errorf("the page's state of %s: got %s", h.Hop, h.RotationOpened)
				}
			}
		}
	})
}
