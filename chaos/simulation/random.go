package simulation

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/oracle"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// How often things happen in a random run.
const (
	calmMean     = 40 * time.Minute // between two troubles
	faultMin     = 20 * time.Second
	faultMax     = 3 * time.Hour
	rotationMean = 10 * time.Hour
	restartMean  = 30 * time.Hour
)

// Tail is what a run needs after its last fault, for the oracle to see that all
// is well, and for the last alert about it to be over.
const Tail = 25 * time.Minute

// Random makes a script of about the length d: faults one at a time or together,
// rotations and restarts, in between and during them. The same seed makes the
// same script.
func Random(seed uint64, d time.Duration) Script {
	g := &generator{rng: rand.New(rand.NewPCG(seed, 0))} // #nosec G404 -- it is to be repeated
	for g.now < d {
		g.wait(g.about(calmMean))
		g.trouble()
	}
	g.wait(Tail)
	return g.script
}

// Single are the faults that any run without TLS can play, whatever else is done in it.
func Single() []string {
	var names []string
	for _, f := range simulated {
		verb := f.Name == chaos.TokenRotated
		starts := f.Reason != reason.Config // without its files an exporter is not started anew
		if !NeedsTLS(f) && !verb && starts {
			names = append(names, f.Name)
		}
	}
	return names
}

// NeedsTLS reports whether a fault is about TLS, or is seen in its handshake.
func NeedsTLS(f chaos.Fault) bool {
	cuts := f.Link != nil && (f.Link.Toxic.Kind == chaos.LimitDown || f.Link.Toxic.Kind == chaos.LimitUp)
	return cuts || f.Name == chaos.CAFile || f.Reason.Group() == reason.TLS && f.Hop != flow.PKI
}

type generator struct {
	rng    *rand.Rand
	script Script
	now    time.Duration
	// rotated and restarted are when that was done last.
	rotated, restarted time.Duration
}

// about is a time around d, to the nanosecond, so that no two things happen at
// once.
func (g *generator) about(d time.Duration) time.Duration {
	return time.Duration(float64(d) * min(g.rng.ExpFloat64(), 5))
}

// between is a time between two, as often short as long.
func (g *generator) between(low, high time.Duration) time.Duration {
	return time.Duration(float64(low) * math.Pow(float64(high)/float64(low), g.rng.Float64()))
}

func (g *generator) add(do oracle.Verb, fault string) {
	g.script = append(g.script, Step{Do: do, Fault: fault})
}

// wait lets time pass, with whatever happens by itself meanwhile.
func (g *generator) wait(d time.Duration) {
	end := g.now + d
	for {
		rotate, restart := g.rotated+rotationMean, g.restarted+restartMean
		next := min(rotate, restart)
		if next >= end {
			break
		}
		g.pass(next - g.now)
		if next == rotate {
			g.rotated = g.now + g.about(rotationMean/2)
			g.add(oracle.Rotate, "")
			continue
		}
		g.restarted = g.now + g.about(restartMean/2)
		g.add(oracle.Restart, "")
	}
	g.pass(end - g.now)
}

func (g *generator) pass(d time.Duration) {
	if d > 0 {
		g.script = append(g.script, Step{Do: oracle.Wait, For: d})
		g.now += d
	}
}

// trouble is one fault or a few of them, which overlap.
func (g *generator) trouble() {
	all := Single()
	g.rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	some := all[:1]
	if g.rng.IntN(4) == 0 {
		some = all[:2+g.rng.IntN(2)]
	}
	for _, name := range some {
		g.add(oracle.Break, name)
		if g.rng.IntN(8) == 0 {
			g.add(oracle.Rotate, "")
		}
		g.wait(g.between(faultMin, faultMax) / time.Duration(len(some)))
	}
	some = slices.Clone(some)
	g.rng.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
	for _, name := range some {
		g.add(oracle.Heal, name)
		if len(some) > 1 {
			g.wait(g.about(2 * time.Minute))
		}
	}
}
