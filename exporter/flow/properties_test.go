package flow

import (
	"slices"
	"testing"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// severity orders the results for the properties below.
var severity = []Result{Good, Degraded, Inconclusive, Bad}

// feeds are all from which the Secret can be made.
var feeds = []Feed{
	{}, {Known: true, Vault: MainVault, Copy: MainKV}, {Known: true, Vault: NASVault, Copy: NASKV},
	{Known: true, Vault: MainVault}, {Known: true, Vault: NASVault}, {Known: true},
}

func broken(hops map[Hop]reason.Reason) Readings {
	r := Readings{Checked: map[Hop]reason.Reason{}}
	for _, e := range entries {
		r.Checked[e.Hop] = hops[e.Hop]
	}
	return r
}

// representatives returns, for a hop, one reason of each trouble.
func representatives(h Hop) []reason.Reason {
	var reasons []reason.Reason
	seen := map[trouble]bool{}
	for _, e := range reason.Catalogue() {
		if t := troubleOf(h, e.Reason); !seen[t] {
			seen[t] = true
			reasons = append(reasons, e.Reason)
		}
	}
	return reasons
}

// holds checks what is true of every verdict. Of a set of faults, the blamed one
// is among them, nothing explains it, and it has to do with how the slot ended.
func holds(t *testing.T, r Readings) {
	t.Helper()
	findings := r.collect()
	v := Judge(r)
	i := slices.IndexFunc(findings, func(f finding) bool { return f.hop == v.Hop && f.reason == v.Reason })
	if i < 0 {
		t.Fatalf("%v: got %v, want one of the faults blamed", r.Checked, v)
	}
	blamed := findings[i]
	decides := false
	for _, f := range findings {
		if r.explains(f, blamed) {
			t.Errorf("%v: got %v, though %s explains it", r.Checked, v, f.hop)
		}
		if r.explains(f, blamed) && r.explains(blamed, f) {
			t.Errorf("%v: %s and %s explain each other", r.Checked, f.hop, v.Hop)
		}
		decides = decides || f.result == v.Result && r.accounts(blamed, f, findings)
	}
	if v.Result != Degraded && !decides && blamed.trouble != own {
		t.Errorf("%v: got %v, though that hop does not lead to such a slot", r.Checked, v)
	}
}

// TestVerdictsOnEveryPair: all hops, all reasons. Adding a fault never makes a
// slot better, and never moves the blame to a third hop.
func TestVerdictsOnEveryPair(t *testing.T) {
	for i, first := range entries {
		for _, second := range entries[i+1:] {
			for _, a := range reason.Catalogue() {
				for _, b := range representatives(second.Hop) {
					both := broken(map[Hop]reason.Reason{first.Hop: a.Reason, second.Hop: b})
					for _, both.Feed = range feeds {
						holds(t, both)
					}
					both.Feed = Feed{}
					one, other, got := Judge(broken(map[Hop]reason.Reason{first.Hop: a.Reason})), Judge(broken(map[Hop]reason.Reason{second.Hop: b})), Judge(both)
					ownFault := troubleOf(first.Hop, a.Reason) == own || troubleOf(second.Hop, b) == own
					if !ownFault && slices.Index(severity, got.Result) != max(slices.Index(severity, one.Result), slices.Index(severity, other.Result)) {
						t.Errorf("%s %s + %s %s: got %v of %v and %v", first.Hop, a.Reason, second.Hop, b, got, one, other)
					}
				}
			}
		}
	}
}

// TestVerdictsOnEveryTriple: all hops that something follows from, one reason of
// each trouble.
func TestVerdictsOnEveryTriple(t *testing.T) {
	linked := slices.DeleteFunc(Entries(), func(e Entry) bool { return e.Hop == DockerExec || e.Hop == PKI })
	for i, first := range linked {
		for j, second := range linked[i+1:] {
			for _, third := range linked[i+j+2:] {
				for _, a := range representatives(first.Hop) {
					for _, b := range representatives(second.Hop) {
						for _, c := range representatives(third.Hop) {
							all := broken(map[Hop]reason.Reason{first.Hop: a, second.Hop: b, third.Hop: c})
							for _, all.Feed = range []Feed{{}, feeds[1+(i+j)%(len(feeds)-1)]} {
								holds(t, all)
							}
						}
					}
				}
			}
		}
	}
}

// TestAnUnrelatedFaultDownstreamMovesNoBlame: where it neither explains the
// verdict nor makes the slot worse, the hop that is blamed stays.
func TestAnUnrelatedFaultDownstreamMovesNoBlame(t *testing.T) {
	for i, first := range entries {
		for _, second := range entries[i+1:] {
			for _, a := range representatives(first.Hop) {
				for _, b := range representatives(second.Hop) {
					alone, both := broken(map[Hop]reason.Reason{first.Hop: a}), broken(map[Hop]reason.Reason{first.Hop: a, second.Hop: b})
					findings := both.collect()
					before, after := Judge(alone), Judge(both)
					if both.explains(findings[1], findings[0]) || before.Result != after.Result {
						continue
					}
					if both.weight(findings[1], findings, after.Result) <= both.weight(findings[0], findings, after.Result) && after.Hop != before.Hop {
						t.Errorf("%s %s: got %s blamed once %s failed with %s", first.Hop, a, after.Hop, second.Hop, b)
					}
				}
			}
		}
	}
}

// TestAnIdleCopierIsNeverBlamedForWhatItCannotDo: late or switched off, it leaves
// an old copy and nothing else, whatever else is wrong at the same time.
func TestAnIdleCopierIsNeverBlamedForWhatItCannotDo(t *testing.T) {
	for _, copier := range []Hop{Broker, ExternalSecret} {
		for _, idle := range []reason.Reason{reason.Suspended, reason.Stale} {
			for _, h := range []Hop{NASKV, MainKV, K8sSecret} {
				for _, e := range reason.Catalogue() {
					if t2 := troubleOf(h, e.Reason); t2 != missing && t2 != wrong {
						continue
					}
					if v := Judge(broken(map[Hop]reason.Reason{copier: idle, h: e.Reason})); v.Hop != h {
						t.Errorf("%s %s + %s %s: got %s blamed", copier, idle, h, e.Reason, v.Hop)
					}
				}
			}
		}
	}
}

// TestOwnRightsNeverMakeASlotBad: not having been allowed to look is no proof.
func TestOwnRightsNeverMakeASlotBad(t *testing.T) {
	for _, e := range entries {
		for _, r := range reason.Catalogue() {
			if !r.Reason.Own() {
				continue
			}
			if v := Judge(broken(map[Hop]reason.Reason{e.Hop: r.Reason})); v.Result == Bad || v.Result == Good {
				t.Errorf("%s %s: got %v", e.Hop, r.Reason, v)
			}
		}
	}
}
