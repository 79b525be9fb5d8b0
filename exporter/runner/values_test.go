package runner_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// accepted is the reading of a token that the NAS accepts until end.
func accepted(value string, end time.Time) hop.Reading {
	t, _ := token.Parse([]byte(value))
	return hop.Reading{
		Token: t, Auth: &upstream.TokenState{Valid: true, Expiry: end},
		Facts: []catalogue.Fact{catalogue.Flag(catalogue.TokenValid, true), catalogue.End(catalogue.TokenExpiry, end)},
	}
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
			return accepted(first, end), nil
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

// TestTheEndOfAnOldTokenIsNotThatOfANewOne: a partition hides a rotation, and
// what is known of the old token says nothing about the one in the Secret now.
func TestTheEndOfAnOldTokenIsNotThatOfANewOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := time.Now().Add(3 * interval)
		secret := copyOf(first)
		var gone atomic.Bool
		lookup := func(context.Context) (hop.Reading, error) {
			if gone.Load() {
				return hop.Reading{}, reason.Errorf(reason.ConnectRefused, "looking up")
			}
			return accepted(first, end), nil
		}
		b := newBench(t, hop.Hop{Name: flow.K8sSecret, Check: holding(secret)}, hop.Hop{Name: flow.Token, Check: lookup})
		b.during(interval - time.Millisecond)
		b.series("nas_token_expiry_timestamp_seconds", fmt.Sprintf(`nas_token_expiry_timestamp_seconds{flow="qnap",hop="token"} %v`, float64(end.Unix())))
		gone.Store(true)
		rotated := second
		secret.Store(&rotated)
		b.during(5 * interval)
		b.series("nas_flow_blame", `nas_flow_blame{flow="qnap",hop="token",reason="connect_refused"} 1`)
		b.series("nas_token_expiry_timestamp_seconds")
	})
}

// TestARefusalStaysKnownWhileTheSecretHoldsThatToken guards the alert on it.
func TestARefusalStaysKnownWhileTheSecretHoldsThatToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := func(context.Context) (hop.Reading, error) {
			r := accepted(first, time.Time{})
			r.Auth.Valid, r.Facts = false, []catalogue.Fact{catalogue.Flag(catalogue.TokenValid, false)}
			return r, reason.Errorf(reason.Revoked, "looking up")
		}
		b := newBench(t, hop.Hop{Name: flow.K8sSecret, Check: holding(copyOf(first))}, hop.Hop{Name: flow.Token, Check: refused})
		for range 3 {
			b.during(interval - time.Millisecond)
			if text, _ := testutil.GatherAndFormat(b.metrics, expfmt.TypeTextPlain, "nas_token_valid"); !strings.Contains(string(text), "} 0") {
				t.Fatalf("got %q, want the refusal", text)
			}
		}
	})
}

// TestThePropagationOfTheWholeWayIsOneNumber: nobody reads it off hop by hop.
func TestThePropagationOfTheWholeWayIsOneNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, main, secret := copyOf(first), copyOf(first), copyOf(first)
		b := newBench(t, hop.Hop{Name: flow.NASKV, Check: holding(source)}, hop.Hop{Name: flow.MainKV, Check: holding(main)}, hop.Hop{Name: flow.K8sSecret, Check: holding(secret)})
		go func() {
			next := second
			for _, at := range []*atomic.Pointer[string]{source, main, secret} {
				time.Sleep(2 * interval)
				at.Store(&next)
			}
		}()
		b.during(9 * interval)
		text, err := testutil.GatherAndFormat(b.metrics, expfmt.TypeTextPlain, "nas_token_propagation_duration_seconds")
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			`_count{flow="qnap",from="nas_kv",to="k8s_secret"} 1`,
			`_bucket{flow="qnap",from="nas_kv",to="k8s_secret",le="60"} 0`,
			`_bucket{flow="qnap",from="nas_kv",to="k8s_secret",le="300"} 1`,
		} {
			if !strings.Contains(string(text), want) {
				t.Errorf("want %s in\n%s", want, text)
			}
		}
		b.series("nas_token_in_sync", `nas_token_in_sync{flow="qnap",from="main_kv",to="k8s_secret"} 1`, `nas_token_in_sync{flow="qnap",from="nas_kv",to="main_kv"} 1`)
	})
}

// TestAValueIsOlderThanTheProcess: the age of a value began anew with each
// process, so that a rotation was never overdue on an exporter that restarts
// weekly.
func TestAValueIsOlderThanTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made := time.Now().Add(-9 * 24 * time.Hour)
		dated := func(value string, made time.Time) hop.Check {
			return func(context.Context) (hop.Reading, error) {
				parsed, err := token.Parse([]byte(value))
				return hop.Reading{Token: parsed, Trace: upstream.Trace{Created: made}}, err
			}
		}
		b := newBench(t,
			hop.Hop{Name: flow.DockerExec, Check: holding(copyOf(first))},
			hop.Hop{Name: flow.NASKV, Check: dated(first, made)},
			hop.Hop{Name: flow.MainKV, Check: dated(first, made.Add(time.Minute))},
			hop.Hop{Name: flow.K8sSecret, Check: holding(copyOf(first))},
		)
		b.during(interval - time.Millisecond)
		line := func(h flow.Hop, at time.Time) string {
			return fmt.Sprintf("nas_token_value_first_seen_timestamp_seconds{flow=\"qnap\",hop=%q} %g", h, float64(at.Unix()))
		}
		b.series("nas_token_value_first_seen_timestamp_seconds",
			line(flow.DockerExec, made), line(flow.K8sSecret, made.Add(time.Minute)), line(flow.MainKV, made.Add(time.Minute)), line(flow.NASKV, made))
	})
}

// TestAfterARestartKVSaysWhichCopyIsOlder: without it, who stayed behind was not
// known until the next rotation.
func TestAfterARestartKVSaysWhichCopyIsOlder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		at := func(value string, age time.Duration) hop.Check {
			return func(context.Context) (hop.Reading, error) {
				parsed, err := token.Parse([]byte(value))
				return hop.Reading{Token: parsed, Trace: upstream.Trace{Created: now.Add(-age)}}, err
			}
		}
		b := newBench(t, hop.Hop{Name: flow.NASKV, Check: at(second, time.Hour)}, hop.Hop{Name: flow.MainKV, Check: at(first, 24*time.Hour)})
		b.during(interval - time.Millisecond)
		b.series("nas_flow_blame", `nas_flow_blame{flow="qnap",hop="main_kv",reason="stale"} 1`)
	})
}
