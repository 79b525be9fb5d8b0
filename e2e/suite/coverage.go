package suite

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/cover"

	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
)

// module is what the names of packages begin with.
const module = "homelab.io/vault-health-exporter/"

// runCoverage merges what the tests here reached with what the programs in the
// lab did, and counts statements.
func runCoverage(ctx context.Context, b *Bench) error {
	return b.record(ctx, gate.SuiteCoverage, func(r *evidence.Record, _ io.Writer) error {
		var folders []string
		for _, folder := range []string{coverageHere, coverageLab} {
			found, err := filepath.Glob(b.path(folder, "covmeta.*"))
			if err != nil {
				return err
			}
			row := evidence.Row{Check: "collected", Name: folder, Result: evidence.Outcome(len(found) > 0)}
			if len(found) == 0 {
				row.Why = "got no data of coverage"
			} else {
				folders = append(folders, b.path(folder))
			}
			r.Rows = append(r.Rows, row)
		}
		if len(folders) == 0 {
			return nil
		}
		profile := b.path(Reports, "coverage", "profile.txt")
		merge := b.command(ctx, "go", "tool", "covdata", "textfmt", "-i="+strings.Join(folders, ","), "-o="+profile)
		if printed, err := merge.CombinedOutput(); err != nil {
			return fmt.Errorf("merging the coverage: %w: %s", err, printed)
		}
		profiles, err := cover.ParseProfiles(profile)
		if err != nil {
			return fmt.Errorf("reading the coverage: %w", err)
		}
		r.Values, r.Files = coverage(profiles), append(r.Files, Reports+"/coverage/profile.txt")
		return nil
	})
}

// coverage counts the statements of the product that were reached: of all, and
// of each package. What is linked with it in the lab, and packages that are there
// for tests only, do not count.
func coverage(profiles []*cover.Profile) []evidence.Value {
	type count struct{ reached, all int }
	packages := map[string]count{}
	var total count
	for _, p := range profiles {
		pkg := strings.TrimPrefix(path.Dir(p.FileName), module)
		of := func(folder string) bool { return pkg == folder || strings.HasPrefix(pkg, folder+"/") }
		if !slices.ContainsFunc(product, of) || strings.HasSuffix(pkg, "test") {
			continue
		}
		c := packages[pkg]
		for _, block := range p.Blocks {
			c.all += block.NumStmt
			total.all += block.NumStmt
			if block.Count > 0 {
				c.reached += block.NumStmt
				total.reached += block.NumStmt
			}
		}
		packages[pkg] = c
	}
	if total.all == 0 {
		return nil
	}
	percent := func(c count) float64 { return 100 * float64(c.reached) / float64(c.all) }
	values := []evidence.Value{{Name: "statements", Value: percent(total), Unit: "percent"}}
	for _, pkg := range slices.Sorted(maps.Keys(packages)) {
		if packages[pkg].all > 0 {
			values = append(values, evidence.Value{Name: "package " + pkg, Value: percent(packages[pkg]), Unit: "percent"})
		}
	}
	return values
}
