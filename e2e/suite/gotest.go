package suite

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"slices"
	"strings"

	"homelab.io/vault-health-exporter/e2e/evidence"
)

// goTest runs go test and returns a row for each test that has none below it.
// Whatever tests print goes to log, and go test's own closing lines to a person.
func (b *Bench) goTest(ctx context.Context, log io.Writer, environment []string, arguments ...string) ([]evidence.Row, error) {
	cmd := b.command(ctx, "go", append([]string{"test", "-json", "-count=1"}, arguments...)...)
	cmd.Stderr = log
	cmd.Env = append(os.Environ(), environment...)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting go test: %w", err)
	}
	rows, readErr := readTests(stdout, log, b.Tests)
	err = cmd.Wait()
	var exit *exec.ExitError
	failed := slices.ContainsFunc(rows, func(r evidence.Row) bool { return r.Result == evidence.Failed })
	if errors.As(err, &exit) && failed {
		err = nil // which the rows say
	}
	return rows, errors.Join(readErr, err)
}

// event is what go test -json prints; see go doc test2json.
type event struct {
	Action, Package, ImportPath, Test, Output, FailedBuild string
}

// closes says whether it is go test's last word on a package or on a test that failed.
func (e event) closes() bool {
	if e.Test == "" {
		return strings.HasPrefix(e.Output, "ok  \t") || strings.HasPrefix(e.Output, "FAIL\t")
	}
	return strings.HasPrefix(e.Output, "--- FAIL: ")
}

// tested is a test as far as it is known.
type tested struct {
	result evidence.Result
	parent bool
	said   []string
}

// readTests makes rows of what go test -json prints. A test without an end, as
// after a panic or a timeout, is unknown; a package that fails without a test
// that did is a row of its own.
func readTests(stdout io.Reader, log, closing io.Writer) ([]evidence.Row, error) {
	type key struct{ pkg, test string }
	all, order := map[key]*tested{}, []key(nil)
	at := func(k key) *tested {
		if all[k] == nil {
			all[k] = &tested{result: evidence.Unknown}
			order = append(order, k)
		}
		return all[k]
	}
	lines := bufio.NewReader(stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) == 0 && err != nil {
			if errors.Is(err, io.EOF) {
				break
			}
			return nil, fmt.Errorf("reading what go test prints: %w", err)
		}
		var e event
		if json.Unmarshal(line, &e) != nil {
			_, _ = log.Write(line) // of the build, or of a test that writes around it
			continue
		}
		_, _ = io.WriteString(log, e.Output)
		if e.closes() {
			_, _ = io.WriteString(closing, e.Output)
		}
		pkg, _, _ := strings.Cut(cmp.Or(e.Package, e.ImportPath), " ") // of a build: "PACKAGE [PACKAGE.test]"
		k := key{pkg, e.Test}
		t := at(k)
		switch e.Action {
		case "run":
			for name := range above(e.Test) { // one that has a slash in its own name is none
				if parent := all[key{pkg, name}]; parent != nil {
					parent.parent = true
				}
			}
		case "pass":
			t.result = evidence.Verified
		case "fail", "build-fail":
			t.result = evidence.Failed
		case "skip":
			t.result = evidence.NotRun
		case "output", "build-output":
			t.said = append(t.said, e.Output)
		}
	}
	var rows []evidence.Row
	blamed := map[string]bool{} // packages with a test that failed
	slices.SortStableFunc(order, func(a, b key) int { return cmp.Compare(b.test, a.test) })
	for _, k := range order {
		t := all[k]
		switch {
		case k.test == "" && (t.result != evidence.Failed || blamed[k.pkg]):
			continue
		case t.parent && t.result == evidence.Verified:
			continue
		case t.parent && blamed[k.pkg+" "+k.test]:
			continue // one below it says so
		}
		row := evidence.Row{Check: k.pkg, Name: cmp.Or(k.test, "the package"), Result: t.result}
		if t.result != evidence.Verified {
			row.Why = why(t.said)
		}
		if t.result == evidence.Failed || t.result == evidence.Unknown {
			blamed[k.pkg] = true
			for name := range above(k.test) {
				blamed[k.pkg+" "+name] = true
			}
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b evidence.Row) int { return cmp.Or(cmp.Compare(a.Check, b.Check), cmp.Compare(a.Name, b.Name)) })
	return rows, nil
}

// above are the names of the tests that one may be a subtest of.
func above(test string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for cut := strings.LastIndex(test, "/"); cut > 0 && yield(test[:cut]); cut = strings.LastIndex(test[:cut], "/") {
		}
	}
}

// whyLines and whyLength are how many lines and bytes a reason has at most.
const (
	whyLines  = 5
	whyLength = 500
)

// why is what a test said of itself in one line: its last lines, without go
// test's own.
func why(said []string) string {
	var all []string
	for _, line := range said {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") || line == "FAIL" || line == "PASS" {
			continue
		}
		all = append(all, line)
	}
	kept := all[max(0, len(all)-whyLines):]
	if at := slices.IndexFunc(all, func(line string) bool { return strings.HasPrefix(line, "panic: ") }); at >= 0 {
		kept = all[at : at+1] // what follows is where
	}
	text := strings.Join(kept, "; ")
	if len(text) > whyLength {
		text = "…" + text[len(text)-whyLength:]
	}
	return strings.ToValidUTF8(text, "?")
}

// byTest names rows of one package by its tests instead of itself.
func byTest(rows []evidence.Row) []evidence.Row {
	for i, row := range rows {
		rows[i].Check, _, _ = strings.Cut(row.Name, "/")
	}
	return rows
}
