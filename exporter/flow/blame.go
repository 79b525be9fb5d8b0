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
	// Inconclusive: the exporter looked and could not see what applications get.
	Inconclusive Result = "inconclusive"
)

// Results returns every result.
func Results() []Result { return []Result{Good, Degraded, Bad, Skipped, Inconclusive} }

// bySeverity are the results, the worst last; the first is that of no slot.
var bySeverity = []Result{"", Good, Skipped, Degraded, Inconclusive, Bad}

// Severity orders the results: 0 for none, and the worst has the highest.
func (r Result) Severity() int { return max(0, slices.Index(bySeverity, r)) }

// OfSeverity is the result that has a severity.
func OfSeverity(severity int) Result { return bySeverity[severity] }

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
	// Synced are the pairs that are known to hold the same value.
	Synced []Pair
	// Feed is where the Secret that applications read is made from.
	Feed Feed
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
	hop     Hop
	reason  reason.Reason
	trouble trouble
	result  Result // of a slot in which nothing else is wrong
}

// Judge names the one hop that explains the flow's state. It is a pure
// function of the readings and of the map in hops.go.
//
// Of all findings, those that another finding explains are set aside. Of the
// rest, the one that makes the slot what it is comes first, then one of the
// upstream's before one of the exporter's own, then one on the applications'
// path before one beside it, then what is wrong now before a copier that will
// not work the next time, then the earliest in data-flow order.
func Judge(r Readings) Verdict {
	findings := r.collect()
	if len(findings) == 0 {
		return Verdict{Result: Good}
	}
	ended := result(findings)
	var blamed finding
	best := -1
	for _, f := range findings {
		if slices.ContainsFunc(findings, func(cause finding) bool { return r.explains(cause, f) }) {
			continue
		}
		if w := r.weight(f, findings, ended); w > best {
			blamed, best = f, w
		}
	}
	return Verdict{Result: ended, Hop: blamed.hop, Reason: blamed.reason}
}

// Consequences maps every hop whose failure another finding explains to the
// hop where that began, so that a page can show one cause instead of six.
func Consequences(r Readings) map[Hop]Hop {
	findings := r.collect()
	began := map[Hop]Hop{}
	for _, effect := range findings {
		for _, cause := range findings {
			if cause != effect && r.accounts(cause, effect, findings) {
				began[effect.hop] = cause.hop
				break // in data-flow order the first is the one furthest upstream
			}
		}
	}
	return began
}

// weight orders the root findings of a slot that ended so; see Judge.
func (r Readings) weight(root finding, findings []finding, ended Result) int {
	w := 0
	if slices.ContainsFunc(findings, func(f finding) bool { return f.result == ended && r.accounts(root, f, findings) }) {
		w += 8
	}
	if root.trouble != own {
		w += 4
	}
	if r.checks(Token) && r.Feed.serves(root.hop, Token) || r.Feed.serves(root.hop, r.delivery()) {
		w += 2
	}
	if !copier(root.hop) || root.trouble == old {
		w++
	}
	return w
}

// accounts reports whether root is f or explains it, over any number of
// findings in between. It ends because nothing explains its own cause.
func (r Readings) accounts(root, f finding, findings []finding) bool {
	return root == f || slices.ContainsFunc(findings, func(step finding) bool {
		return r.explains(root, step) && r.accounts(step, f, findings)
	})
}

// collect lists the findings in data-flow order, at most one a hop: what the
// check itself reports is nearer to the fault than a comparison of values.
func (r Readings) collect() []finding {
	byHop := map[Hop]finding{}
	for h, why := range r.Checked {
		if why != "" {
			byHop[h] = finding{hop: h, reason: why, trouble: troubleOf(h, why), result: r.alone(h, why)}
		}
	}
	for _, d := range r.Drifts {
		if h := r.mover(d.To, byHop); byHop[h].reason == "" {
			byHop[h] = finding{hop: h, reason: d.Reason, trouble: old, result: Degraded}
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

// mover returns the hop that is to blame for a copy that differs: its copier, or
// the copy itself where there is no copier or none that could be looked at.
func (r Readings) mover(to Hop, failed map[Hop]finding) Hop {
	e, _ := Lookup(to)
	if t := failed[e.MovedBy].trouble; !r.checks(e.MovedBy) || t == own || t == refused || t == unanswered {
		return to
	}
	return e.MovedBy
}

// alone returns how a slot ends in which only h fails, with why. The Secret is
// what applications read; where none is configured it is the last copy. A token
// that the NAS refuses does not work; one that the NAS could not be asked about
// is served all the same. Where the exporter may not read what applications read,
// or the Kubernetes API does not answer it, nothing is known of what they have.
func (r Readings) alone(h Hop, why reason.Reason) Result {
	t := troubleOf(h, why)
	switch {
	case h == Token && t == dead:
		return Bad
	case h != r.delivery():
		return Degraded
	case t == own, t == refused, t == unanswered && h == K8sSecret:
		return Inconclusive
	}
	return Bad
}

// delivery is the hop at which applications get the token.
func (r Readings) delivery() Hop {
	for _, h := range []Hop{K8sSecret, MainKV, NASKV, DockerExec} {
		if _, ok := r.Checked[h]; ok {
			return h
		}
	}
	return ""
}

// result is the worst that a finding leads to. Where all of them are the
// exporter's own doing, nothing was seen.
func result(findings []finding) Result {
	worst := slices.MaxFunc(findings, func(a, b finding) int { return a.result.Severity() - b.result.Severity() }).result
	if worst == Degraded && !slices.ContainsFunc(findings, func(f finding) bool { return f.trouble != own }) {
		return Inconclusive
	}
	return worst
}
