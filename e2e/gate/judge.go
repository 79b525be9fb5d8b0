// Package gate judges evidence: which criteria have to hold for a Go, by which
// policy, and how a verdict is written down.
package gate

import (
	"fmt"
	"math"
	"slices"
	"time"

	"homelab.io/vault-health-exporter/e2e/evidence"
)

// Finding is what came of one criterion.
type Finding struct {
	Criterion string          `json:"criterion"`
	Group     Group           `json:"group"`
	Requires  string          `json:"requires"`
	Required  string          `json:"required"`
	Now       string          `json:"now"`
	Result    evidence.Result `json:"result"`
	// Value is the figure where the criterion has one that is known, in Unit.
	Value *float64 `json:"value,omitempty"`
	Unit  string   `json:"unit,omitempty"`
	// Why says what is wrong, one line each, at most whyLimit of them.
	Why []string `json:"why,omitempty"`
	// Evidence are the suites that were looked at.
	Evidence []string `json:"evidence"`
	// Waived is the waiver that makes an unknown bearable.
	Waived *Waiver `json:"waived,omitempty"`
}

// Bearable says whether the finding keeps nobody back.
func (f Finding) Bearable() bool { return f.Result == evidence.Verified || f.Waived != nil }

// whyLimit is how much of what is wrong a person reads at once.
const whyLimit = 20

// Verdict is what the gate says.
type Verdict struct {
	Schema   int       `json:"schema"`
	Go       bool      `json:"go"`
	Tree     string    `json:"tree"`
	Seed     uint64    `json:"seed"`
	Began    time.Time `json:"began"`
	Ended    time.Time `json:"ended"`
	Findings []Finding `json:"findings"`
	// Stages are what was run, with how long each took.
	Stages []StageTime `json:"stages"`
}

// StageTime is how long a stage took.
type StageTime struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// VerdictSchema is the version of a verdict's JSON.
const VerdictSchema = 1

// Judge is a pure function of what was found in a tree: every criterion that is
// not known to hold is a No-Go, unless it is unknown and waived.
func Judge(criteria []Criterion, p Policy, records map[string]evidence.Record, tree string, now time.Time) Verdict {
	current := map[string]evidence.Record{}
	for suite, r := range records {
		if r.Tree == tree {
			current[suite] = r
		}
	}
	v := Verdict{Schema: VerdictSchema, Go: true, Tree: tree}
	for _, c := range criteria {
		f := c.judge(p, current)
		for _, suite := range c.Suites() {
			r, found := records[suite]
			switch {
			case !found:
				f.worse(evidence.Unknown, fmt.Sprintf("%s: there is no evidence; it was not run, or did not end", suite))
			case r.Tree == evidence.Changed:
				f.worse(evidence.Unknown, fmt.Sprintf("%s: the sources were changed while it ran", suite))
			case r.Tree != tree:
				f.worse(evidence.Unknown, fmt.Sprintf("%s: the evidence is of other sources, from %s", suite, r.Ended.Format(time.DateTime)))
			}
		}
		f.waive(p.waiver(c.Name), now)
		v.Go = v.Go && f.Bearable()
		v.Findings = append(v.Findings, f)
	}
	return v
}

// Only is the verdict on one criterion alone.
func (v Verdict) Only(criterion string) Verdict {
	v.Findings = slices.DeleteFunc(slices.Clone(v.Findings), func(f Finding) bool { return f.Criterion != criterion })
	v.Go = len(v.Findings) == 1 && v.Findings[0].Bearable()
	return v
}

// worse makes the finding at least as bad as the result.
func (f *Finding) worse(result evidence.Result, why string) {
	order := []evidence.Result{evidence.Verified, evidence.Unknown, evidence.Failed}
	if slices.Index(order, result) > slices.Index(order, f.Result) {
		f.Result = result
	}
	switch {
	case len(f.Why) < whyLimit:
		f.Why = append(f.Why, why)
	case len(f.Why) == whyLimit:
		f.Why = append(f.Why, "and more, which is in the evidence")
	}
}

// waive makes an unknown bearable while the waiver is good.
func (f *Finding) waive(w *Waiver, now time.Time) {
	switch {
	case w == nil || f.Result != evidence.Unknown:
	case w.Until.over(now):
		f.Why = append(f.Why, fmt.Sprintf("the waiver expired on %s: %s", w.Until, w.Reason))
	default:
		f.Waived = w
	}
}

// judge looks at the evidence of the tree that is judged.
func (c Criterion) judge(p Policy, records map[string]evidence.Record) Finding {
	f := Finding{Criterion: c.Name, Group: c.Group, Requires: c.Requires, Result: evidence.Verified, Evidence: c.Suites()}
	verified, all := 0, 0
	for _, r := range c.checks {
		v, n := r.judge(&f, records)
		verified, all = verified+v, all+n
	}
	f.Required, f.Now = "all", fmt.Sprintf("%d of %d", verified, all)
	if c.figure != nil {
		c.figure.judge(&f, records, p.Limits[c.Name])
	}
	return f
}

// judge counts the rows, and how many of them are verified.
func (r rows) judge(f *Finding, records map[string]evidence.Record) (verified, all int) {
	record, found := records[r.suite]
	if !found {
		return 0, 0 // which Judge says
	}
	for _, row := range record.Rows {
		if r.check != "" && row.Check != r.check {
			continue
		}
		if row.Result == evidence.NotRun && slices.Contains(r.optional, row.Name) {
			continue
		}
		all++
		switch row.Result {
		case evidence.Verified:
			verified++
		case evidence.Failed:
			f.worse(evidence.Failed, fmt.Sprintf("%s: %s: %s", row.Check, row.Name, row.Why))
		default:
			f.worse(evidence.Unknown, fmt.Sprintf("%s: %s: %s: %s", row.Check, row.Name, row.Result, row.Why))
		}
	}
	if all == 0 {
		f.worse(evidence.Unknown, fmt.Sprintf("%s %s: the evidence has no row of it", r.suite, r.check))
	}
	return verified, all
}

// judge holds the figure against the limit.
func (g figure) judge(f *Finding, records map[string]evidence.Record, limit float64) {
	f.Required, f.Unit = fmt.Sprintf("%s %g %s", g.is, limit, g.unit), g.unit
	now, known := g.of(records)
	if !known || math.IsNaN(now) {
		f.Now = string(evidence.Unknown)
		f.worse(evidence.Unknown, "the evidence does not hold the figure")
		return
	}
	f.Value, f.Now = &now, fmt.Sprintf("%.4g %s", now, g.unit)
	if !g.is.holds(now, limit) {
		whose := ""
		if g.whose != nil {
			whose = g.whose(records)
		}
		f.worse(evidence.Failed, fmt.Sprintf("%sgot %.4g %s, want %s %g", whose, now, g.unit, g.is, limit))
	}
}
