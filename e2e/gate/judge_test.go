package gate

import (
	"slices"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/e2e/evidence"
)

const tree = "the tree"

var now = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)

// good is evidence with which everything holds, made of the criteria themselves.
func good(p Policy) map[string]evidence.Record {
	all := map[string]evidence.Record{}
	for _, c := range criteria {
		for _, suite := range c.Suites() {
			r := all[suite]
			r.Suite, r.Tree = suite, tree
			for _, rows := range c.checks {
				if rows.suite == suite {
					r.Rows = append(r.Rows, evidence.Row{Check: rows.check, Name: "one of " + c.Name, Result: evidence.Verified})
				}
			}
			all[suite] = r
		}
	}
	for suite, values := range map[string][]evidence.Value{
		SuiteCoverage:      {{Name: "statements", Value: 90, Unit: "percent"}, {Name: "package a", Value: 60, Unit: "percent"}, {Name: "package b", Value: 99, Unit: "percent"}},
		SuiteFlow:          {{Name: "rotation_to_use", Value: 3, Unit: "seconds"}, {Name: "whole_flow", Value: 40, Unit: "seconds"}},
		SuiteDrills:        {{Name: "recover_max", Value: 8, Unit: "seconds"}, {Name: "uses", Value: 30_000, Unit: "uses"}, {Name: "uses_failed", Value: 0, Unit: "uses"}},
		SuiteSimulation:    {{Name: "recover_max", Value: 300, Unit: "seconds"}},
		SuiteMutations:     {{Name: "mutations", Value: 20, Unit: "mutations"}, {Name: "found_or_explained", Value: 20, Unit: "mutations"}},
		SuiteDocumentation: {{Name: "documentable", Value: 1000, Unit: "things"}, {Name: "documented", Value: 901, Unit: "things"}},
	} {
		r := all[suite]
		r.Values = values
		all[suite] = r
	}
	return all
}

// findings are those that keep the verdict back.
func findings(v Verdict) (names []string) {
	for _, f := range v.Findings {
		if !f.Bearable() {
			names = append(names, f.Criterion)
		}
	}
	return names
}

func TestGo(t *testing.T) {
	p := DefaultPolicy()
	if v := Judge(criteria, p, good(p), tree, now); !v.Go || len(findings(v)) > 0 {
		t.Errorf("got %t, kept back by %q, want a Go", v.Go, findings(v))
	}
	if v := Judge(criteria, p, nil, tree, now); v.Go || len(findings(v)) != len(criteria)-len(p.Waivers) {
		t.Errorf("got %t, kept back by %d criteria without any evidence, want by all that are not waived", v.Go, len(findings(v)))
	}
}

// spoil is a way in which evidence may be bad for a criterion.
type spoil struct {
	want evidence.Result
	make func(r *evidence.Record, check string)
}

var spoils = map[string]spoil{
	"a row that failed": {evidence.Failed, func(r *evidence.Record, check string) {
		r.Rows = append(r.Rows, evidence.Row{Check: check, Name: "planted", Result: evidence.Failed, Why: "got a, want b"})
	}},
	"a row that was not run": {evidence.Unknown, func(r *evidence.Record, check string) {
		r.Rows = append(r.Rows, evidence.Row{Check: check, Name: "planted", Result: evidence.NotRun, Why: "skipped"})
	}},
	"an oracle that crashed": {evidence.Unknown, func(r *evidence.Record, check string) {
		r.Rows = append(r.Rows, evidence.Row{Check: check, Name: "planted", Result: evidence.Unknown, Why: "panic"})
	}},
	"no row left": {evidence.Unknown, func(r *evidence.Record, _ string) { r.Rows, r.Values = nil, nil }},
	"stale":       {evidence.Unknown, func(r *evidence.Record, _ string) { r.Tree = "another" }},
	"changed":     {evidence.Unknown, func(r *evidence.Record, _ string) { r.Tree = evidence.Changed }},
}

// TestEveryCriterionCanFail spoils the evidence of each in every way, and takes
// it away: each time the verdict is No-Go and the criterion is named.
func TestEveryCriterionCanFail(t *testing.T) {
	p := DefaultPolicy()
	p.Waivers = nil
	for _, c := range criteria {
		judged := func(t *testing.T, want evidence.Result, records map[string]evidence.Record) {
			t.Helper()
			v := Judge(criteria, p, records, tree, now)
			at := slices.IndexFunc(v.Findings, func(f Finding) bool { return f.Criterion == c.Name })
			if v.Go || v.Findings[at].Result != want || len(v.Findings[at].Why) == 0 {
				t.Errorf("got Go %t, %s because of %q, want No-Go and %s", v.Go, v.Findings[at].Result, v.Findings[at].Why, want)
			}
		}
		for _, suite := range c.Suites() {
			t.Run(c.Name+"/without "+suite, func(t *testing.T) {
				records := good(p)
				delete(records, suite)
				judged(t, evidence.Unknown, records)
			})
		}
		for _, rows := range c.checks {
			for name, s := range spoils {
				t.Run(c.Name+"/"+name, func(t *testing.T) {
					records := good(p)
					r := records[rows.suite]
					s.make(&r, rows.check)
					records[rows.suite] = r
					judged(t, s.want, records)
				})
			}
		}
		if c.figure == nil {
			continue
		}
		t.Run(c.Name+"/at the limit", func(t *testing.T) {
			// What is just not enough: the limit itself where it has to be passed.
			if c.figure.is == atLeast {
				return
			}
			worse := p
			worse.Limits = map[string]float64{}
			for name, limit := range p.Limits {
				worse.Limits[name] = limit
			}
			worse.Limits[c.Name], _ = c.figure.of(good(p))
			if v := Judge(criteria, worse, good(p), tree, now); !slices.Equal(findings(v), []string{c.Name}) {
				t.Errorf("got kept back by %q, want by %q", findings(v), c.Name)
			}
		})
		t.Run(c.Name+"/beyond the limit", func(t *testing.T) {
			beyond := map[comparison]float64{atLeast: 1e9, moreThan: 1e9, lessThan: -1e9}[c.figure.is]
			worse := p
			worse.Limits = map[string]float64{c.Name: beyond}
			v := Judge(criteria, worse, good(p), tree, now)
			if !slices.Contains(findings(v), c.Name) {
				t.Errorf("got kept back by %q, want by %q too", findings(v), c.Name)
			}
		})
		t.Run(c.Name+"/without the figure", func(t *testing.T) {
			records := good(p)
			for suite, r := range records {
				r.Values = nil
				records[suite] = r
			}
			judged(t, evidence.Unknown, records)
		})
	}
}

// TestAWaiverIsNoPass holds that it makes an unknown bearable until its day, a
// failure never, and that it is shown.
func TestAWaiverIsNoPass(t *testing.T) {
	const criterion = "vulnerabilities"
	until := Day{time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}
	waived := DefaultPolicy()
	waived.Waivers = []Waiver{{Criterion: criterion, Reason: "no way to the database", Until: until}}
	finding := func(p Policy, records map[string]evidence.Record, at time.Time) (Finding, bool) {
		v := Judge(criteria, p, records, tree, at)
		return v.Findings[slices.IndexFunc(v.Findings, func(f Finding) bool { return f.Criterion == criterion })], v.Go
	}
	spoiled := func(name string) map[string]evidence.Record {
		records := good(waived)
		r := records[SuiteSupply]
		spoils[name].make(&r, "govulncheck")
		records[SuiteSupply] = r
		return records
	}
	f, ok := finding(waived, spoiled("a row that was not run"), now.Add(23*time.Hour))
	if !ok || f.Result != evidence.Unknown || f.Waived == nil || f.Waived.Reason == "" {
		t.Errorf("got Go %t, %+v on the last day, want unknown, waived and Go", ok, f)
	}
	f, ok = finding(waived, spoiled("a row that was not run"), now.Add(48*time.Hour))
	if ok || f.Waived != nil || !strings.Contains(strings.Join(f.Why, "\n"), "the waiver expired on 2026-12-01: no way to the database") {
		t.Errorf("got Go %t, %+v after the last day, want No-Go that says so", ok, f)
	}
	f, ok = finding(waived, spoiled("a row that failed"), now)
	if ok || f.Waived != nil || f.Result != evidence.Failed {
		t.Errorf("got Go %t, %+v of a failure, want No-Go", ok, f)
	}
}

func TestPoliciesThatAreRefused(t *testing.T) {
	whole := string(defaultPolicy)
	for want, text := range map[string]string{
		`the limit of "mttr": got one false, want true`: strings.Replace(whole, "  mttr: 600", "  # mttr: 600", 1),
		`the limit of "mtr": there is no criterion`:     strings.Replace(whole, "  mttr: 600", "  mttr: 600\n  mtr: 600", 1),
		`the limit of "leftovers": got one true`:        strings.Replace(whole, "  mttr: 600", "  mttr: 600\n  leftovers: 0", 1),
		"cannot unmarshal":                              strings.Replace(whole, "mttr: 600", "mttr: soon", 1),
		"field waiver not found":                        strings.Replace(whole, "waivers:", "waiver:", 1),
		`the waiver of "luck": there is no criterion`:   strings.Replace(whole, "criterion: vulnerabilities", "criterion: luck", 1),
		`the day "next year", want one like 2027-06-30`: strings.Replace(whole, "until: 2027-06-30", "until: next year", 1),
		`of "vulnerabilities": want a reason and a day`: whole[:strings.Index(whole, "    until:")],
	} {
		if text == whole {
			t.Fatalf("%q: the policy has nothing to spoil there", want)
		}
		if _, err := parsePolicy([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
}
