//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/e2e/lab"
)

// pollRate is how often the application below uses its token.
const pollRate = 250 * time.Millisecond

// TestRotationByTheCronJob rotates by a Job of the shipped CronJob, then
// interrupts the rotator after each of its steps and runs it again, while an
// application that follows the Secret uses its token four times a second.
func TestRotationByTheCronJob(t *testing.T) {
	must(t, home.Adopt(t.Context()))
	roots, err := home.RootTokens(t.Context())
	must(t, err)
	broker, rotator := newBench(t, lab.CronBroker), newBench(t, lab.CronRotator)
	stopBroker := repeat(t, func(ctx context.Context) error {
		_, err := broker.Run(ctx)
		return err
	})
	follower := follow(t)

	before, err := home.Present(t.Context())
	must(t, err)
	logins, err := home.Logins(t.Context(), lab.SideNAS, lab.CronRotator) // of those who look what the role may
	must(t, err)
	began := time.Now()
	job := runJob(t, lab.CronRotator)
	if !job.Succeeded || !strings.Contains(job.Log, "outcome=rotated") {
		t.Fatalf("the rotator: got succeeded %t, log %s", job.Succeeded, job.Log)
	}
	rotated(t, before)
	left, err := home.Logins(t.Context(), lab.SideNAS, lab.CronRotator)
	must(t, err)
	if left != logins {
		t.Errorf("got %d logins with the rotator's role that live on, want %d as before", left, logins)
	}
	measure("rotation_to_use", time.Since(began).Seconds())
	t.Logf("a rotation by the CronJob's pod took %.1fs", time.Since(began).Seconds())

	killed := true
	for steps := 1; killed; steps++ {
		before, err := home.Present(t.Context())
		must(t, err)
		var log string
		killed, log, err = rotator.KillAfterSteps(t.Context(), steps)
		must(t, err)
		if killed {
			log, err = rotator.Run(t.Context())
			must(t, err)
		} else if steps == 1 {
			t.Fatalf("got a rotation that had ended with its first step: %s", log)
		}
		_, outcome, _ := strings.Cut(log, "outcome=")
		t.Logf("after %d steps killed %t, in the end: %s", steps, killed, strings.TrimSpace(outcome))
		rotated(t, before)
	}
	follower.stop(t)
	stopBroker()
	still, err := home.RootTokens(t.Context())
	must(t, err)
	if len(still) != len(roots) {
		t.Errorf("got %d root tokens, want %d as before", len(still), len(roots))
	}
	must(t, home.Adopt(t.Context()))
	recovers(t)
	must(t, home.RestartConsumer(t.Context()))
	if got := consumer(t, false); got != "ok" {
		t.Errorf("the restarted consumer's token: got %q, want ok", got)
	}
}

// rotated wants a new token, everywhere, and the old one to be of no use.
func rotated(t *testing.T, before string) {
	t.Helper()
	now, err := home.Present(t.Context())
	must(t, err)
	secret, err := home.Secret(t.Context(), "nas-vault-token")
	must(t, err)
	if now == before || !bytes.Equal(secret["token"], []byte(now)) {
		t.Errorf("got a new token %t, and the Secret holds it %t, want both", now != before, bytes.Equal(secret["token"], []byte(now)))
	}
	if home.Lookup(t.Context(), before) == nil {
		t.Error("got an old token that still works")
	}
	must(t, home.Lookup(t.Context(), now))
}

// repeat runs something every three seconds until it is stopped.
func repeat(t *testing.T, run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(3 * time.Second)
		defer tick.Stop()
		for ctx.Err() == nil {
			if err := run(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// application is one that reads the Secret anew when it uses the token.
type application struct {
	uses, refused, longest atomic.Int64
	end                    func()
}

// follow starts the application.
func follow(t *testing.T) *application {
	a := &application{}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(pollRate)
		defer tick.Stop()
		for ctx.Err() == nil {
			a.use(ctx, t)
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
	}()
	a.end = func() { cancel(); <-ended }
	return a
}

// use uses the token once. A refusal counts unless the Secret was changed
// between the reading and the use.
func (a *application) use(ctx context.Context, t *testing.T) {
	began := time.Now()
	held, err := home.Secret(ctx, "nas-vault-token")
	if err == nil {
		err = home.Lookup(ctx, string(held["token"]))
	}
	if ctx.Err() != nil {
		return
	}
	a.uses.Add(1)
	a.longest.Store(max(a.longest.Load(), int64(time.Since(began))))
	if err == nil {
		return
	}
	now, readErr := home.Secret(ctx, "nas-vault-token")
	if readErr == nil && !bytes.Equal(now["token"], held["token"]) {
		return
	}
	a.refused.Add(1)
	t.Errorf("using the token: %v", err)
}

func (a *application) stop(t *testing.T) {
	t.Helper()
	a.end()
	t.Logf("an application that follows the Secret used its token %d times, refused %d times, the slowest took %s",
		a.uses.Load(), a.refused.Load(), time.Duration(a.longest.Load()).Round(time.Millisecond))
	if a.uses.Load() == 0 {
		t.Error("the application never used its token")
	}
}
