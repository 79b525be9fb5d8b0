package leader

import (
	"testing"
	"testing/synctest"
	"time"
)

// round is the longest time from the begin of a round to the end of the next.
const longestRound = pace*6/5 + 2*roundTimeout

// alone waits for d and fails unless p leads then, and it alone.
func (w *world) alone(d time.Duration, p *process) {
	w.t.Helper()
	time.Sleep(d)
	if all := w.leading(); len(all) != 1 || all[0] != p {
		w.t.Errorf("after %s: got %d that lead, want one, which it is: %v", time.Since(w.began), len(all), p.Standing())
	}
}

func inWorld(t *testing.T, play func(*world)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.end()
		play(w)
	})
}

// TestOneOfTwoLeads, the other one knows who, and takes over within a round when
// it is stopped, and within the Lease's time when it is killed.
func TestOneOfTwoLeads(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.start(0)
		w.alone(time.Second, a)
		b := w.start(0)
		w.alone(10*time.Minute, a)
		if got := a.Standing(); !got.Leads || !got.Holds || w.holder() != a.name {
			t.Errorf("got %+v of the leader, and the holder %q", got, w.holder())
		}
		if got := b.Standing(); got.Leads || got.Leader == "" {
			t.Errorf("got %+v of who stands by", got)
		}

		w.stop(a)
		if w.holder() != "" {
			t.Errorf("got the holder %q after a stop, want none", w.holder())
		}
		w.alone(longestRound, b)

		c := w.start(0)
		time.Sleep(time.Minute)
		w.kill(b)
		if w.holder() != b.name {
			t.Errorf("got the holder %q after a kill, want that of before", w.holder())
		}
		time.Sleep(duration - 2*pace)
		if c.leads.Load() {
			t.Error("got one that took a Lease which had not ended")
		}
		w.alone(2*pace+longestRound, c)
		if got := asKubernetes(t, w.read()); *got.Spec.LeaseTransitions != 2 {
			t.Errorf("got %d transitions, want two", *got.Spec.LeaseTransitions)
		}
	})
}

// TestALeaderIsNotBlindedByAnOutage: it cannot renew, and what it is there for is
// to tell of that. An outage for all costs nobody the lead.
func TestALeaderIsNotBlindedByAnOutage(t *testing.T) {
	for m := refuses; m < modes; m++ {
		inWorld(t, func(w *world) {
			a := w.start(0)
			time.Sleep(time.Second)
			b := w.start(0)
			time.Sleep(time.Minute)
			a.way.set(m)
			b.way.set(m)
			for range int(patience/time.Second) - 5 {
				w.alone(time.Second, a)
			}
			time.Sleep(longestRound + 5*time.Second)
			if len(w.leading()) != 2 {
				t.Errorf("got %d that lead after %s in which nothing was heard, want both: the other may be dead", len(w.leading()), patience)
			}
			if a.Standing().Holds || b.Standing().Holds {
				t.Error("got one that says it has the Lease")
			}
			a.way.set(works)
			b.way.set(works)
			time.Sleep(2 * longestRound)
			if all := w.leading(); len(all) != 1 || w.holder() != all[0].name {
				t.Errorf("got %d that lead once the API answers, want one", len(all))
			}
		})
	}
}

// TestALeaderThatIsCutOffGivesWay as soon as it sees that another one has taken over.
func TestALeaderThatIsCutOffGivesWay(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.start(0)
		time.Sleep(time.Second)
		b := w.start(0)
		time.Sleep(time.Minute)
		a.way.set(hangs)
		time.Sleep(duration + 2*longestRound)
		if !a.leads.Load() || !b.leads.Load() {
			t.Errorf("got %v and %v, want both to lead: neither knows of the other", a.leads.Load(), b.leads.Load())
		}
		a.way.set(works)
		w.alone(longestRound, b)
		w.alone(10*time.Minute, b)
	})
}

// TestWithoutRightsAllCheck: a Role that was forgotten shall not make anybody blind.
func TestWithoutRightsAllCheck(t *testing.T) {
	inWorld(t, func(w *world) {
		w.home.GrantRole("vault-health-exporter")
		a, b := w.start(0), w.start(0)
		time.Sleep(patience + longestRound)
		if !a.leads.Load() || !b.leads.Load() || a.Standing().Holds {
			t.Errorf("got %+v and %+v, want both to check", a.Standing(), b.Standing())
		}
		w.allow(false) // to look, and to write nothing
		time.Sleep(2 * patience)
		if !a.leads.Load() || !b.leads.Load() {
			t.Errorf("got %+v and %+v, want both to check", a.Standing(), b.Standing())
		}
		w.allow(true)
		time.Sleep(2 * longestRound)
		if all := w.leading(); len(all) != 1 || !all[0].Standing().Holds {
			t.Errorf("got %d that lead, want one", len(all))
		}
	})
}

// TestWhatAPersonDoesToTheLease never leaves nobody to lead for longer than it lasts.
func TestWhatAPersonDoesToTheLease(t *testing.T) {
	for name, do := range map[string]func(*world){
		"deletes it":           func(w *world) { w.home.DeleteObject("leases", leaseName) },
		"empties it":           func(w *world) { w.edit(map[string]any{}) },
		"takes the spec away":  func(w *world) { w.edit(nil) },
		"releases it":          func(w *world) { w.edit(map[string]any{"holderIdentity": ""}) },
		"gives it to nobody":   func(w *world) { w.edit(map[string]any{"holderIdentity": "me", "leaseDurationSeconds": 2147483648}) },
		"lets it last no time": func(w *world) { w.edit(map[string]any{"holderIdentity": "me", "leaseDurationSeconds": 0}) },
		"dates it in the future": func(w *world) {
			w.edit(map[string]any{"holderIdentity": "me", "renewTime": "2999-01-01T00:00:00.000000Z"})
		},
		"writes garbage": func(w *world) {
			w.edit(map[string]any{"holderIdentity": "me", "renewTime": "x", "acquireTime": "y", "leaseTransitions": -1})
		},
		"writes other types": func(w *world) { w.edit(map[string]any{"holderIdentity": []int{1}}) },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.start(0)
				w.start(0)
				time.Sleep(time.Minute)
				do(w)
				time.Sleep(longestRound)
				none := time.Duration(0)
				for range 300 {
					time.Sleep(time.Second)
					if len(w.leading()) == 0 {
						none += time.Second
					}
				}
				if none > duration+longestRound {
					t.Errorf("got nobody to lead for %s, want at most the Lease's time", none)
				}
				if len(w.leading()) == 0 {
					t.Error("got nobody to lead")
				}
				if name != "writes other types" && len(w.leading()) != 1 {
					t.Errorf("got %d that lead, want one", len(w.leading()))
				}
				for _, p := range w.running {
					if rate := float64(p.way.dialed()) / time.Since(p.born).Seconds(); rate > 0.6 {
						t.Errorf("got %.2f requests a second", rate)
					}
				}
			})
		})
	}
}

// TestAClockDecidesNothing: neither one that is wrong nor one that jumps.
func TestAClockDecidesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.start(-10 * 365 * 24 * time.Hour)
		w.alone(time.Second, a)
		w.start(10 * 365 * 24 * time.Hour)
		for i := range 12 {
			w.alone(time.Minute, a)
			a.offset.Store(int64(i%7-3) * int64(time.Hour))
		}
	})
}

// TestStopIsBounded whatever the API does.
func TestStopIsBounded(t *testing.T) {
	for m := works; m < modes; m++ {
		inWorld(t, func(w *world) {
			a := w.start(0)
			time.Sleep(time.Minute)
			a.way.set(m)
			time.Sleep(3 * time.Second) // in the middle of whatever it does
			began := time.Now()
			w.stop(a)
			if took := time.Since(began); took > roundTimeout+time.Second {
				t.Errorf("mode %d: got the end after %s, want it within %s", m, took, roundTimeout)
			}
		})
	}
}

// read is the Lease as a candidate reads it.
func (w *world) read() lease {
	w.t.Helper()
	return read(w.t, string(raw(w.home.Object("leases", leaseName))))
}
