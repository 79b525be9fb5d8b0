package web

import (
	"fmt"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// at is the moment at which every test looks.
var at = time.Date(2026, 11, 3, 3, 12, 44, 0, time.UTC)

func before(d time.Duration) time.Time { return at.Add(-d) }

func allHops() []flow.Hop {
	var hops []flow.Hop
	for _, e := range flow.Entries() {
		hops = append(hops, e.Hop)
	}
	return hops
}

// green is a flow in which everything works.
func green() runner.Snapshot {
	s := runner.Snapshot{Summary: runner.Summary{
		Flow: "qnap", Interval: 15 * time.Second, Cycles: 6283, Since: before(26 * time.Hour),
		Verdict: flow.Verdict{Result: flow.Good}, Checked: before(3 * time.Second),
	}}
	for i, h := range allHops() {
		s.Hops = append(s.Hops, runner.HopState{
			Hop: h, Checked: before(3 * time.Second), Duration: time.Duration(4+9*i) * time.Millisecond,
			LastSuccess: before(3 * time.Second), Since: before(26 * time.Hour),
		})
	}
	for _, p := range flow.Pairs(allHops(), flow.Feed{}) {
		s.Pairs = append(s.Pairs, runner.PairState{Pair: p, Known: true, InSync: true})
	}
	for _, h := range flow.Retrievals(allHops()) {
		state(&s, h).FirstSeen = before(75 * time.Hour)
	}
	state(&s, flow.NASVault).Vault = &upstream.VaultState{Initialized: true, Version: "1.21.4"}
	state(&s, flow.MainVault).Vault = &upstream.VaultState{Initialized: true, Version: "1.21.4"}
	state(&s, flow.NASKV).KVVersion = 7
	state(&s, flow.MainKV).KVVersion = 412
	state(&s, flow.Broker).Broker = &hop.BrokerState{LastSuccess: before(164 * time.Second)}
	state(&s, flow.ExternalSecret).External = &hop.ExternalState{Ready: true, Refreshed: before(41 * time.Second)}
	state(&s, flow.Token).Auth = &upstream.TokenState{Valid: true, Root: true}
	return s
}

// nasGone is a flow whose NAS cannot be reached while the copy is served.
func nasGone() runner.Snapshot {
	s := green()
	s.Since = before(12 * time.Minute)
	s.Verdict = flow.Verdict{Result: flow.Degraded, Hop: flow.NASVault, Reason: reason.ConnectTimeout}
	fail(&s, flow.DockerExec, reason.ConnectTimeout, 2*time.Second)
	fail(&s, flow.NASVault, reason.ConnectTimeout, 2*time.Second)
	fail(&s, flow.NASKV, reason.ConnectTimeout, 2*time.Second)
	fail(&s, flow.Broker, reason.JobFailed, 21*time.Millisecond)
	fail(&s, flow.Token, reason.ConnectTimeout, 2*time.Second)
	for _, h := range []flow.Hop{flow.NASKV, flow.Broker, flow.Token} {
		state(&s, h).Cause = flow.NASVault
	}
	state(&s, flow.NASVault).Vault = nil
	state(&s, flow.Token).Auth = nil
	for i := range s.Pairs {
		if s.Pairs[i].From == flow.NASKV {
			s.Pairs[i].Known, s.Pairs[i].InSync = false, false
		}
	}
	return s
}

// revoked is a flow whose source was rotated, the broker suspended, and the
// token that applications hold revoked.
func revoked() runner.Snapshot {
	s := green()
	s.Since = before(4 * time.Minute)
	s.Verdict = flow.Verdict{Result: flow.Bad, Hop: flow.Broker, Reason: reason.Suspended}
	fail(&s, flow.Broker, reason.Suspended, 21*time.Millisecond)
	fail(&s, flow.Token, reason.Revoked, 8*time.Millisecond)
	state(&s, flow.Token).Auth = &upstream.TokenState{}
	state(&s, flow.Token).Cause = flow.Broker
	state(&s, flow.NASKV).FirstSeen = before(9 * time.Minute)
	state(&s, flow.NASKV).KVVersion = 8
	state(&s, flow.DockerExec).FirstSeen = before(9 * time.Minute)
	for i := range s.Pairs {
		if s.Pairs[i].To == flow.MainKV {
			s.Pairs[i].InSync = false
		}
	}
	return s
}

// firstStart is a flow that was never checked.
func firstStart() runner.Snapshot {
	s := runner.Snapshot{Summary: runner.Summary{Flow: "qnap", Interval: 15 * time.Second}}
	for _, h := range allHops() {
		s.Hops = append(s.Hops, runner.HopState{Hop: h})
	}
	for _, p := range flow.Pairs(allHops(), flow.Feed{}) {
		s.Pairs = append(s.Pairs, runner.PairState{Pair: p})
	}
	return s
}

// lived gives a flow a day that was good but for what is said of single steps.
func lived(s runner.Snapshot, worse map[int]flow.Result) runner.Snapshot {
	s.History = runner.History{Step: 5 * time.Minute, End: at.Truncate(5 * time.Minute).Add(5 * time.Minute), Worst: make([]flow.Result, 288)}
	for i := range s.History.Worst {
		s.History.Worst[i] = flow.Good
		if worst, ok := worse[i]; ok {
			s.History.Worst[i] = worst
		}
	}
	return s
}

// fleet is many flows, of which some are broken.
func fleet(flows int) []runner.Snapshot {
	all := make([]runner.Snapshot, flows)
	for i := range all {
		s := runner.Summary{
			Flow: fmt.Sprintf("nas-%04d", i), Interval: 30 * time.Second, Cycles: 2000,
			Since: before(17 * time.Hour), Checked: before(12 * time.Second), Verdict: flow.Verdict{Result: flow.Good},
		}
		switch {
		case i%400 == 17:
			s.Verdict, s.Since = flow.Verdict{Result: flow.Bad, Hop: flow.K8sSecret, Reason: reason.KeyMissing}, before(4*time.Minute)
		case i%90 == 3:
			s.Verdict, s.Since = flow.Verdict{Result: flow.Degraded, Hop: flow.NASVault, Reason: reason.ConnectTimeout}, before(50*time.Minute)
		case i%700 == 5:
			s.Verdict, s.Since = flow.Verdict{Result: flow.Inconclusive, Hop: flow.NASVault, Reason: reason.Config}, before(2*time.Hour)
		case i%1000 == 8:
			s.Verdict, s.Since, s.Checked, s.Cycles = flow.Verdict{}, time.Time{}, time.Time{}, 0
		}
		all[i] = runner.Snapshot{Summary: s}
	}
	return all
}

func state(s *runner.Snapshot, h flow.Hop) *runner.HopState {
	for i := range s.Hops {
		if s.Hops[i].Hop == h {
			return &s.Hops[i]
		}
	}
	panic("no such hop in the fixture: " + string(h))
}

// fail breaks one hop the way the runner records it.
func fail(s *runner.Snapshot, h flow.Hop, why reason.Reason, took time.Duration) {
	broken := s.Since
	st := state(s, h)
	st.Reason, st.Duration, st.Since, st.LastSuccess = why, took, broken, broken.Add(-15*time.Second)
	s.Failures = append(s.Failures, runner.Failure{
		Time: before(3 * time.Second), Hop: h, Reason: why, TraceID: "4bf92f3577b34da6a3ce929d0e0e4736",
		Text: `checking the hop at "https://192.168.1.42:61200": ` + string(why),
	})
}
