package suite

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/cover"

	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
)

// TestGoTestRows runs real tests that end in every way there is.
func TestGoTestRows(t *testing.T) {
	const head = "package p\n\nimport \"testing\"\n\n"
	b, said := bench(t, map[string]string{
		"go.mod":         "module example.org/m\n\ngo 1.26\n",
		"good/a_test.go": head + "func TestA(t *testing.T) { t.Run(\"x\", func(*testing.T) {}); t.Run(\"GET /v1\", func(*testing.T) {}) }\n",
		"bad/b_test.go": head + "func TestB(t *testing.T) { t.Run(\"x\", func(t *testing.T) { t.Error(\"got 1, want 2\") }); t.Run(\"y\", func(*testing.T) {}) }\n" +
			"func TestC(t *testing.T) { t.Skip(\"not today\") }\n",
		"panics/d_test.go": head + "func TestD(t *testing.T) { panic(\"gone\") }\nfunc TestE(t *testing.T) {}\n",
		"broken/f_test.go": head + "func TestF(t *testing.T) { undefined() }\n",
		"exits/g_test.go":  "package p\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestG(t *testing.T) { os.Exit(3) }\n",
	})
	defer said()
	var closing strings.Builder
	b.Tests = &closing
	rows, err := b.goTest(t.Context(), io.Discard, []string{"GOFLAGS=-mod=mod"}, "./...")
	if err != nil {
		t.Fatal(err)
	}
	type brief struct {
		Check, Name string
		Result      evidence.Result
	}
	var got []brief
	reasons := map[string]string{}
	for _, r := range rows {
		got = append(got, brief{strings.TrimPrefix(r.Check, "example.org/m/"), r.Name, r.Result})
		reasons[r.Name] = r.Why
	}
	want := []brief{
		{"bad", "TestB/x", evidence.Failed}, {"bad", "TestB/y", evidence.Verified}, {"bad", "TestC", evidence.NotRun},
		{"broken", "the package", evidence.Failed},
		{"exits", "TestG", evidence.Unknown},
		{"good", "TestA/GET_/v1", evidence.Verified}, {"good", "TestA/x", evidence.Verified},
		{"panics", "TestD", evidence.Failed},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, part := range map[string]string{"TestB/x": "got 1, want 2", "TestC": "not today", "TestD": "gone"} {
		if !strings.Contains(reasons[name], part) {
			t.Errorf("%s: got the reason %q, want %q in it", name, reasons[name], part)
		}
	}
	for _, line := range []string{"ok  \texample.org/m/good\t", "FAIL\texample.org/m/bad\t", "--- FAIL: TestB ", "FAIL\texample.org/m/broken [build failed]"} {
		if !strings.Contains("\n"+closing.String(), "\n"+line) {
			t.Errorf("the closing lines: got no %q in\n%s", line, closing.String())
		}
	}
}

// TestWhatEndsInTheMiddleIsUnknown is a stream of which the end is missing, as
// after a machine has killed go test.
func TestWhatEndsInTheMiddleIsUnknown(t *testing.T) {
	rows, err := readTests(strings.NewReader(`{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"waiting\n"}
`), io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]evidence.Row{{Check: "p", Name: "TestA", Result: evidence.Unknown, Why: "waiting"}}, rows); diff != "" {
		t.Error(diff)
	}
}

// TestARemovedTestIsSeenInTheCoverage holds that a package of which the tests are
// gone keeps the verdict back, and that helpers of tests do not count.
func TestARemovedTestIsSeenInTheCoverage(t *testing.T) {
	profile := func(pkg string, counts ...int) *cover.Profile {
		p := &cover.Profile{FileName: module + pkg + "/a.go"}
		for _, n := range counts {
			p.Blocks = append(p.Blocks, cover.ProfileBlock{NumStmt: 10, Count: n})
		}
		return p
	}
	whole := []*cover.Profile{profile("exporter/hop", 1, 1, 1, 1), profile("exporter/token", 1, 1), profile("exporter/config/configtest", 0, 0), profile("chaos/homelab", 0, 0, 0, 0)}
	without := []*cover.Profile{profile("exporter/hop", 1, 1, 1, 1), profile("exporter/token", 0, 1)}
	for _, c := range []struct {
		profiles []*cover.Profile
		want     map[string]evidence.Result
	}{
		{whole, map[string]evidence.Result{"line-coverage": evidence.Verified, "package-coverage": evidence.Verified}},
		{without, map[string]evidence.Result{"line-coverage": evidence.Verified, "package-coverage": evidence.Failed}},
		{nil, map[string]evidence.Result{"line-coverage": evidence.Unknown, "package-coverage": evidence.Unknown}},
	} {
		judged(t, evidence.Record{Suite: gate.SuiteCoverage, Values: coverage(c.profiles)}, c.want)
	}
	low := gate.Judge(gate.Criteria(), gate.DefaultPolicy(), map[string]evidence.Record{gate.SuiteCoverage: {Suite: gate.SuiteCoverage, Tree: "t", Values: coverage(without)}}, "t", time.Time{})
	if why := low.Only("package-coverage").Findings[0].Why; len(why) != 1 || why[0] != "package exporter/token: got 50 percent, want ≥ 60" {
		t.Errorf("package-coverage: got %q, want it to name the package", why)
	}
}

// judged judges one record and compares the results of some criteria.
func judged(t *testing.T, r evidence.Record, want map[string]evidence.Result) {
	t.Helper()
	r.Tree = "the tree"
	verdict := gate.Judge(gate.Criteria(), gate.DefaultPolicy(), map[string]evidence.Record{r.Suite: r}, r.Tree, r.Ended)
	for criterion, result := range want {
		found := verdict.Only(criterion).Findings
		if len(found) != 1 || found[0].Result != result || (len(found[0].Why) > 0) != (result != evidence.Verified) {
			t.Errorf("%s: got %+v, want it %s", criterion, found, result)
		}
	}
}
