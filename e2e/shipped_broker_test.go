//go:build e2e

package e2e

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/e2e/drill"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// period is the lab's schedule of the broker; a Job takes a few seconds more.
const period = time.Minute

func TestCronJobMovesARotatedToken(t *testing.T) {
	must(t, home.Rotate(t.Context(), lab.RotateOptions{KeepCopy: true}))
	want, err := home.Present(t.Context())
	must(t, err)
	within(t, period+15*time.Second, "the CronJob moved the token by itself", func() bool {
		return mainCopy(t).Token == want
	})
	recovers(t)
	must(t, home.RestartConsumer(t.Context()))
}

func TestStuckCopyIsTheBrokersFault(t *testing.T) {
	heal := breaks(t, chaos.BrokerSuspended)
	blamedFor(t, chaos.BrokerSuspended)
	heal()
	recovers(t)
}

func TestBrokerKeepsTheTokenWhileTheNASIsGone(t *testing.T) {
	kept, events := mainCopy(t), event(t, "NASUnreachable")
	heal := breaks(t, chaos.JobsLinkDown)
	job := runJob(t, lab.CronBroker)
	if !job.Succeeded || !strings.Contains(job.Log, "outcome=nas_unreachable") {
		t.Errorf("got succeeded %t, log %s", job.Succeeded, job.Log)
	}
	if got := mainCopy(t); got != kept {
		t.Errorf("got version %d of the copy, want the kept one, %d", got.Version, kept.Version)
	}
	if got := event(t, "NASUnreachable"); got <= events {
		t.Errorf("Event NASUnreachable: got count %d, want more than %d", got, events)
	}
	heal()
	must(t, home.RunBroker(t.Context()))
	recovers(t)
}

func TestBrokerWritesNoGarbage(t *testing.T) {
	kept, events := mainCopy(t), event(t, "InvalidToken")
	var heal func()
	for name, garbage := range map[string]string{
		"a sentence":              "ask the administrator",
		"a token that is unknown": "hvs.EXAMPLE0example0EXAMPLE0",
	} {
		heal = does(t, drill.Garbage(garbage))
		job := runJob(t, lab.CronBroker)
		if job.Succeeded || !strings.Contains(job.Log, "outcome=invalid_token") || strings.Contains(job.Log, garbage) {
			t.Errorf("%s: got succeeded %t, log %s", name, job.Succeeded, job.Log)
		}
		if got := mainCopy(t); got != kept {
			t.Errorf("%s: got version %d of the copy, want the kept one, %d", name, got.Version, kept.Version)
		}
	}
	if got := event(t, "InvalidToken"); got < events+2 {
		t.Errorf("Event InvalidToken: got count %d, want at least %d", got, events+2)
	}
	heal()
	recovers(t)
}

// TestBrokerKilled kills the broker at random instants of its work.
func TestBrokerKilled(t *testing.T) {
	bench := newBench(t, lab.CronBroker)
	must(t, home.Rotate(t.Context(), lab.RotateOptions{KeepCopy: true}))
	began := time.Now()
	_, err := bench.Run(t.Context())
	must(t, err)
	cycle := time.Since(began)
	random := rand.New(rand.NewPCG(uint64(seed(t)), 0))
	t.Logf("a whole cycle takes %s", cycle.Round(time.Millisecond))
	kills, moved := 0, 0
	offered := map[string]bool{mainCopy(t).Token: true}
	for kills < 20 {
		old := mainCopy(t)
		must(t, home.Rotate(t.Context(), lab.RotateOptions{KeepCopy: true}))
		fresh, err := home.Present(t.Context())
		must(t, err)
		offered[fresh] = true
		instant := time.Duration(random.Int64N(int64(cycle)))
		killed, _, err := bench.KillAfter(t.Context(), instant)
		must(t, err)
		got := mainCopy(t)
		// The server may still have had a write of the one that was killed before.
		whole := offered[got.Token] && got.UpdatedAt != "" && got.Source != "" && got.Version >= old.Version && got.Version <= old.Version+2
		written := got.Token == fresh
		if !whole && got != old {
			t.Fatalf("killed after %s: got version %d of the copy after %d, a token that was offered %t, want a whole copy or the old one",
				instant, got.Version, old.Version, offered[got.Token])
		}
		switch {
		case !killed: // an instant behind the end of the work is none of it
			cycle = min(cycle, instant)
		case written:
			kills, moved = kills+1, moved+1
		default:
			kills++
		}
	}
	t.Logf("killed %d times within %s of its start; by then the token had been moved %d times", kills, cycle.Round(time.Millisecond), moved)
	_, err = bench.Run(t.Context())
	must(t, err)
	if fresh, err := home.Present(t.Context()); err != nil || mainCopy(t).Token != fresh {
		t.Errorf("got the copy behind after a whole cycle, error %v", err)
	}
	recovers(t)
	must(t, home.RestartConsumer(t.Context()))
}

// TestTwoBrokersAtOnce starts two at the same moment, until both have at least
// once tried to write the same version.
func TestTwoBrokersAtOnce(t *testing.T) {
	bench := newBench(t, lab.CronBroker)
	outcomes, contended, rounds := map[string]int{}, 0, 0
	for ; rounds < 5 || contended == 0; rounds++ {
		if rounds == 30 {
			t.Fatal("two brokers never met at the write")
		}
		old := mainCopy(t)
		must(t, home.Rotate(t.Context(), lab.RotateOptions{KeepCopy: true}))
		logs, err := bench.RunTwice(t.Context())
		must(t, err)
		if !slices.ContainsFunc(logs, func(log string) bool { return !strings.Contains(log, `step="write main KV"`) }) {
			contended++
		}
		updates := 0
		for _, log := range logs {
			_, outcome, _ := strings.Cut(log, "outcome=")
			outcome, _, _ = strings.Cut(outcome, " ")
			outcomes[outcome]++
			if outcome == "updated" {
				updates++
			}
		}
		fresh, err := home.Present(t.Context())
		must(t, err)
		if got := mainCopy(t); updates > 1 || got.Token != fresh || got.Version != old.Version+1 {
			t.Errorf("got %d updates and version %d of the copy after %d, up to date %t", updates, got.Version, old.Version, got.Token == fresh)
		}
	}
	t.Logf("%d times two brokers: %v; %d times both tried to write", rounds, outcomes, contended)
	recovers(t)
	must(t, home.RestartConsumer(t.Context()))
}
