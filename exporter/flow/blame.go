package flow

import (
	"slices"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// Result is how one slot of a flow ended.
type Result string

// The results of a slot.
const (
	// Good: an application that starts now gets a working token, and every hop
	// upstream of it works.
	Good Result = "good"
	// Degraded: it gets a token, served from a copy, while something upstream
	// is broken.
	Degraded Result = "degraded"
	// Bad: it gets no token, or one that does not work.
	Bad Result = "bad"
	// Skipped: the slot passed without the exporter looking.
	Skipped Result = "skipped"
	// Inconclusive: the exporter looked, but its own fault kept it from seeing.
	Inconclusive Result = "inconclusive"
)

// Results returns every result.
func Results() []Result { return []Result{Good, Degraded, Bad, Skipped, Inconclusive} }

// Drift is a copy that does not hold the value it is made from.
type Drift struct {
	Pair
	// Reason is Stale where the copy stayed behind, Mismatch where it changed
	// by itself.
	Reason reason.Reason
}

// Readings is all that Judge looks at: what one slot found.
type Readings struct {
	// Checked maps every configured hop to the reason why it failed; "" is a
	// hop that passed.
	Checked map[Hop]reason.Reason
	Drifts  []Drift
}

// Verdict says how the slot ended and which single hop and reason explain it.
// Hop and Reason are "" while the result is Good.
type Verdict struct {
	Result Result
	Hop    Hop
	Reason reason.Reason
}

// finding is one thing that is wrong, at the hop that is to blame for it.
type finding struct {
	hop    Hop
	reason reason.Reason
	fatal  bool // applications get no working token because of it
}

// Judge names the one hop that explains the flow's state. It is a pure
// function of the readings and of the map in hops.go.
//
// Of all findings, those that another finding explains are set aside. Of the
// rest, the one that keeps applications from a working token comes first, then
// one of the upstream's before one of the exporter's own, then one on the
// applications' path before one beside it, then the earliest in data-flow order.
func Judge(r Readings) Verdict {
	findings := collect(r)
	if len(findings) == 0 {
		return Verdict{Result: Good}
	}
	var blamed finding
	best := -1
	for _, f := range findings {
		if slices.ContainsFunc(findings, func(cause finding) bool { return explains(cause, f) }) {
			continue
		}
		if w := weight(f, findings, r); w > best {
			blamed, best = f, w
		}
	}
	return Verdict{Result: result(findings), Hop: blamed.hop, Reason: blamed.reason}
}

// Consequences maps every hop whose failure another finding explains to the
// hop where that began, so that a page can show one cause instead of six.
func Consequences(r Readings) map[Hop]Hop {
	findings := collect(r)
	began := map[Hop]Hop{}
	for _, effect := range findings {
		for _, cause := range findings {
			if cause != effect && accounts(cause, effect, findings) {
				began[effect.hop] = cause.hop
				break // in data-flow order the first is the one furthest upstream
			}
		}
	}
	return began
}

// weight orders the root findings of one slot; see Judge.
func weight(root finding, findings []finding, r Readings) int {
	w := 0
	if slices.ContainsFunc(findings, func(f finding) bool { return f.fatal && accounts(root, f, findings) }) {
		w += 4
	}
	if root.reason.Group() != reason.Exporter {
		w += 2
	}
	if _, checked := r.Checked[Token]; checked && serves(root.hop, Token) || serves(root.hop, delivery(r)) {
		w++
	}
	return w
}

// accounts reports whether root is f or explains it, over any number of
// findings in between. It ends because a cause is always upstream of its effect.
func accounts(root, f finding, findings []finding) bool {
	return root == f || slices.ContainsFunc(findings, func(step finding) bool {
		return explains(root, step) && accounts(step, f, findings)
	})
}

// collect lists the findings in data-flow order, at most one a hop: what the
// check itself reports is nearer to the fault than a comparison of values.
func collect(r Readings) []finding {
	byHop := map[Hop]finding{}
	for _, d := range r.Drifts {
		e, ok := Lookup(d.To)
		if !ok {
			continue
		}
		mover := d.To
		if _, configured := r.Checked[e.MovedBy]; configured {
			mover = e.MovedBy
		}
		byHop[mover] = finding{hop: mover, reason: d.Reason}
	}
	for h, why := range r.Checked {
		if why != "" {
			byHop[h] = finding{hop: h, reason: why, fatal: fatal(h, why, r)}
		}
	}
	var findings []finding
	for _, e := range entries {
		if f, ok := byHop[e.Hop]; ok {
			findings = append(findings, f)
		}
	}
	return findings
}

// fatal reports whether applications get no working token when h fails with
// why. The Secret is what they read; where none is configured it is the last
// copy. A token that the NAS refuses does not work; one that the NAS could not
// be asked about is served all the same.
func fatal(h Hop, why reason.Reason, r Readings) bool {
	if why.Group() == reason.Exporter {
		return false
	}
	if h == Token {
		return why.Group() == reason.Credential || why == reason.Policy
	}
	return h == delivery(r)
}

// delivery is the hop at which applications get the token.
func delivery(r Readings) Hop {
	for _, h := range []Hop{K8sSecret, MainKV, NASKV, DockerExec} {
		if _, ok := r.Checked[h]; ok {
			return h
		}
	}
	return ""
}

func result(findings []finding) Result {
	own := 0
	for _, f := range findings {
		if f.fatal {
			return Bad
		}
		if f.reason.Group() == reason.Exporter {
			own++
		}
	}
	if own == len(findings) {
		return Inconclusive
	}
	return Degraded
}
