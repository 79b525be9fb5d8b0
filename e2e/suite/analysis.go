package suite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"homelab.io/vault-health-exporter/chaos/export"
	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
)

// shippedPackages are those in which gosec looks: what runs beside people's
// secrets. Files that the configuration names are opened (G304), and names of
// things about tokens look like tokens (G101); the rest is explained where it is.
var shippedPackages = []string{"-exclude=G101,G304", "./exporter/...", "./cmd/...", "./chaos/homelab/..."}

// runAnalysis asks staticcheck and gosec. Both fail at their own findings; one
// that cannot look is unknown.
func runAnalysis(ctx context.Context, b *Bench) error {
	return b.record(ctx, gate.SuiteAnalysis, func(r *evidence.Record, log io.Writer) error {
		if err := b.buildTools(ctx, log); err != nil {
			return err
		}
		printed, exit, err := b.tool(ctx, log, b.path(tools, "staticcheck"), "-f=json", "-tags=e2e,pact", "./...")
		r.Rows = append(r.Rows, staticcheckRows(printed, exit, err)...)
		printed, exit, err = b.tool(ctx, log, b.path(tools, "gosec"), append([]string{"-fmt=json"}, shippedPackages...)...)
		r.Rows = append(r.Rows, gosecRows(printed, exit, err)...)
		r.Rows = append(r.Rows, chaosMesh(ctx, b, log))
		return nil
	})
}

// chaosMesh reads the exported manifests with Chaos Mesh's own types, which are
// in a module of their own.
func chaosMesh(ctx context.Context, b *Bench, log io.Writer) evidence.Row {
	row := evidence.Row{Check: "manifests", Name: "Chaos Mesh", Result: evidence.Verified}
	exported, err := export.ChaosMesh()
	path := b.path(Reports, "chaos-mesh.yaml")
	if err == nil {
		err = os.WriteFile(path, exported, 0o600)
	}
	if err != nil {
		return could(row.Check, row.Name, err)
	}
	printed, exit, err := b.tool(ctx, log, "go", "-C", ".ci/chaosmesh", "test", "-manifests="+path, ".")
	_, _ = log.Write(printed)
	switch {
	case err != nil:
		return could(row.Check, row.Name, err)
	case exit != 0:
		row.Result, row.Why = evidence.Failed, firstLine(printed)
	}
	return row
}

// staticcheckRows reads lines of JSON, one a finding; exit is 1 with any.
func staticcheckRows(printed []byte, exit int, err error) []evidence.Row {
	const name = "staticcheck"
	var found []string
	for decoder := json.NewDecoder(bytes.NewReader(printed)); err == nil; {
		var f struct {
			Code, Message string
			Location      struct {
				File string
				Line int
			}
		}
		if err = decoder.Decode(&f); err == nil {
			found = append(found, fmt.Sprintf("%s:%d: %s (%s)", f.Location.File, f.Location.Line, f.Message, f.Code))
		}
	}
	if !errors.Is(err, io.EOF) || (exit == 0) != (len(found) == 0) {
		return []evidence.Row{could(name, "all packages", fmt.Errorf("reading what it found: exit code %d, %d findings: %w", exit, len(found), err))}
	}
	return findings(name, "all packages", found)
}

// gosecRows reads one object; exit is 1 with findings, and also where it could
// not load a package.
func gosecRows(printed []byte, exit int, err error) []evidence.Row {
	const name = "gosec"
	var said struct {
		Errors map[string]json.RawMessage `json:"Golang errors"`
		Issues []struct {
			Severity, Details, File, Line string
			Rule                          string `json:"rule_id"`
		}
		Stats struct{ Files int }
	}
	if err == nil {
		err = json.Unmarshal(printed, &said)
	}
	if err != nil || len(said.Errors) > 0 || said.Stats.Files == 0 || (exit == 0) != (len(said.Issues) == 0) {
		return []evidence.Row{could(name, "the product", fmt.Errorf("reading what it found: exit code %d, %d files, %d packages that did not load: %w", exit, said.Stats.Files, len(said.Errors), err))}
	}
	var found []string
	for _, i := range said.Issues {
		found = append(found, fmt.Sprintf("%s: %s:%s: %s (%s)", i.Severity, i.File, i.Line, i.Details, i.Rule))
	}
	return findings(name, "the product", found)
}
