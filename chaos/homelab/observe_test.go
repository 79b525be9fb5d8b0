package homelab_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// observe checks every hop once, as the exporter does in one slot.
func observe(t *testing.T, checks []hop.Hop, timeout time.Duration) flow.Readings {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	var (
		mu     sync.Mutex
		wg     sync.WaitGroup
		seen   = flow.Readings{Checked: map[flow.Hop]reason.Reason{}}
		tokens = map[flow.Hop]token.Token{}
		hops   []flow.Hop
	)
	for _, h := range checks {
		hops = append(hops, h.Name)
		wg.Go(func() {
			reading, err := h.Check(ctx)
			mu.Lock()
			defer mu.Unlock()
			seen.Checked[h.Name], tokens[h.Name] = reason.Of(err), reading.Token
		})
	}
	wg.Wait()
	for _, pair := range flow.Pairs(hops, flow.Feed{}) {
		from, to := tokens[pair.From], tokens[pair.To]
		switch {
		case from.IsZero() || to.IsZero():
		case from.Equal(to):
			seen.Synced = append(seen.Synced, pair)
		default:
			seen.Drifts = append(seen.Drifts, flow.Drift{Pair: pair, Reason: reason.Stale})
		}
	}
	return seen
}

// sees prints what failed, in data-flow order.
func sees(r flow.Readings) string {
	var failed []string
	for _, e := range flow.Entries() {
		if why := r.Checked[e.Hop]; why != "" {
			failed = append(failed, fmt.Sprintf("%s %s", e.Hop, why))
		}
	}
	for _, d := range r.Drifts {
		failed = append(failed, fmt.Sprintf("%s->%s %s", d.From, d.To, d.Reason))
	}
	return strings.Join(failed, ", ")
}

// patience is how long the checks of one slot may take. A NAS that does not
// answer costs all of it, so there it is short.
func patience(fault string) time.Duration {
	if fault == "nas-slow" {
		return 3 * time.Second
	}
	return time.Minute
}

func TestFaultsTogether(t *testing.T) {
	lab, cfg := start(t)
	checks := hop.Build(cfg, nil)
	faults := lab.Faults()
	for _, fault := range faults {
		breakNow(t, lab, fault.Name)
		if err := lab.Rotate(); err != nil {
			t.Fatal(err)
		}
		lab.Sync()
	}
	for _, fault := range faults {
		heal(t, lab, fault.Name)
	}
	if got := sees(observe(t, checks, patience(""))); got != "" {
		t.Errorf("after healing all: got %q, want green", got)
	}
}

func TestUnknownFault(t *testing.T) {
	lab, _ := start(t)
	for _, do := range []func(string) error{lab.Break, lab.Heal} {
		err := do("sael")
		if err == nil || !strings.Contains(err.Error(), `finding the fault "sael": want one of docker-down, `) {
			t.Errorf("got %v, want the known faults", err)
		}
	}
}
