package suite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
)

// billOfMaterials is where the CycloneDX bill of one of the product's programs is
// written.
func billOfMaterials(program string) string { return Reports + "/" + program + ".cdx.json" }

// supplyChecks are looks at what the product is made of.
var supplyChecks = []func(context.Context, *Bench, io.Writer) []evidence.Row{
	modules, licences, secrets, workflows, vulnerabilities, bills,
}

func runSupplyChain(ctx context.Context, b *Bench) error {
	return b.record(ctx, gate.SuiteSupply, func(r *evidence.Record, log io.Writer) error {
		if err := b.buildTools(ctx, log); err != nil {
			return err
		}
		for _, check := range supplyChecks {
			r.Rows = append(r.Rows, check(ctx, b, log)...)
		}
		return nil
	})
}

// modules compares what was downloaded with what was recorded.
func modules(ctx context.Context, b *Bench, log io.Writer) (rows []evidence.Row) {
	for _, folder := range []string{".", ".ci/lint"} {
		printed, exit, err := b.tool(ctx, log, "go", "-C", folder, "mod", "verify")
		switch {
		case err != nil:
			rows = append(rows, could("modules", folder, err))
		case exit != 0:
			rows = append(rows, findings("modules", folder, []string{"go mod verify: " + firstLine(printed)})...)
		default:
			rows = append(rows, findings("modules", folder, nil)...)
		}
	}
	return rows
}

// secrets looks for what looks like one in all that was ever committed, and in
// what is not committed yet.
func secrets(ctx context.Context, b *Bench, log io.Writer) (rows []evidence.Row) {
	for _, look := range []struct {
		of        string
		arguments []string
	}{{"the history", nil}, {"what is not committed", []string{"--pre-commit"}}} {
		found, err := gitleaks(ctx, b, log, look.arguments...)
		if err != nil {
			rows = append(rows, could("secrets", look.of, err))
			continue
		}
		rows = append(rows, findings("secrets", look.of, found)...)
	}
	return rows
}

func gitleaks(ctx context.Context, b *Bench, log io.Writer, arguments ...string) (found []string, err error) {
	report := b.path(Reports, "gitleaks.json")
	arguments = append([]string{"git", ".", "--redact", "--no-banner", "--report-format=json", "--report-path=" + report}, arguments...)
	_, exit, err := b.tool(ctx, log, b.path(tools, "gitleaks"), arguments...)
	if err != nil || exit > 1 {
		return nil, errors.Join(fmt.Errorf("running gitleaks: exit code %d", exit), err)
	}
	content, err := os.ReadFile(report)
	var leaks []struct {
		RuleID, File string
		StartLine    int
	}
	if err == nil {
		err = json.Unmarshal(content, &leaks)
	}
	if err != nil || (exit == 0) != (len(leaks) == 0) {
		return nil, fmt.Errorf("reading what gitleaks found: exit code %d, %d leaks: %w", exit, len(leaks), err)
	}
	for _, l := range leaks {
		found = append(found, fmt.Sprintf("%s:%d: %s", l.File, l.StartLine, l.RuleID))
	}
	return found, nil
}

// workflows looks at the files for GitHub's runners.
func workflows(ctx context.Context, b *Bench, log io.Writer) []evidence.Row {
	printed, exit, err := b.tool(ctx, log, b.path(tools, "actionlint"), "-no-color", "-oneline", "-shellcheck=", "-pyflakes=")
	if err != nil || exit > 1 {
		return []evidence.Row{could("workflows", "actionlint", errors.Join(fmt.Errorf("running actionlint: exit code %d", exit), err))}
	}
	return findings("workflows", "actionlint", slices.DeleteFunc(strings.Split(string(printed), "\n"), func(line string) bool { return line == "" }))
}

// vulnerabilities asks whether a known one can be reached. Without the database
// nothing is known.
func vulnerabilities(ctx context.Context, b *Bench, log io.Writer) []evidence.Row {
	printed, exit, err := b.tool(ctx, log, b.path(tools, "govulncheck"), "-format=json", "./exporter/...", "./cmd/vault-health-exporter", "./cmd/token-broker/...")
	if err == nil && exit != 0 {
		err = fmt.Errorf("running govulncheck: exit code %d: it could not look; see the stage's log", exit)
	}
	if err != nil {
		return []evidence.Row{could("govulncheck", "the product", err)}
	}
	found, err := reachable(printed)
	if err != nil {
		return []evidence.Row{could("govulncheck", "the product", err)}
	}
	return findings("govulncheck", "the product", found)
}

// reachable are the vulnerabilities of which govulncheck has found a call.
func reachable(printed []byte) (found []string, err error) {
	decoder, seen := json.NewDecoder(bytes.NewReader(printed)), 0
	for {
		var message struct {
			Config  *struct{}
			Finding *struct {
				OSV   string
				Trace []struct{ Module, Function string }
			}
		}
		err := decoder.Decode(&message)
		if errors.Is(err, io.EOF) && seen > 0 {
			return slices.Compact(slices.Sorted(slices.Values(found))), nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading what govulncheck found: %w", err)
		}
		seen++
		if f := message.Finding; f != nil && len(f.Trace) > 0 && f.Trace[0].Function != "" {
			found = append(found, f.OSV+" in "+f.Trace[0].Module)
		}
	}
}

// bills write what each of the product's programs consists of.
func bills(ctx context.Context, b *Bench, log io.Writer) (rows []evidence.Row) {
	const name = "sbom"
	for _, path := range programs {
		program := filepath.Base(path)
		if err := bill(ctx, b, log, program); err != nil {
			rows = append(rows, could(name, billOfMaterials(program), err))
			continue
		}
		rows = append(rows, findings(name, billOfMaterials(program), nil)...)
	}
	return rows
}

func bill(ctx context.Context, b *Bench, log io.Writer, program string) error {
	path := b.path(billOfMaterials(program))
	_, exit, err := b.tool(ctx, log, b.path(tools, "cyclonedx-gomod"), "app", "-json", "-licenses", "-main=cmd/"+program, "-output="+path, ".")
	if err != nil || exit != 0 {
		return errors.Join(fmt.Errorf("running cyclonedx-gomod: exit code %d", exit), err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var written struct {
		Format     string `json:"bomFormat"`
		Components []struct{ Name string }
	}
	if err := json.Unmarshal(content, &written); err != nil {
		return fmt.Errorf("reading the bill of materials %q: %w", path, err)
	}
	if written.Format != "CycloneDX" || len(written.Components) == 0 {
		return fmt.Errorf("reading the bill of materials %q: got the format %q and %d components, want CycloneDX and some", path, written.Format, len(written.Components))
	}
	return nil
}

func firstLine(printed []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(printed)), "\n")
	return line
}
