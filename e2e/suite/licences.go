package suite

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/google/licensecheck"

	"homelab.io/vault-health-exporter/e2e/evidence"
)

// accepted are the licences, by their SPDX names, of what may be part of the
// product's binaries: each lets them be passed on under the Apache License.
var accepted = []string{"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "BSD-2-Clause-FreeBSD", "ISC", "MPL-2.0", "MPL-2.0-no-copyleft-exception", "Unlicense", "CC0-1.0"}

// licenceFile is what a file with a licence is called.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense)([-.].*)?$`)

// covering is how much of a file a licence has to explain, in percent.
const covering = 75

// licences looks at the licence of each module in the binaries.
func licences(ctx context.Context, b *Bench, log io.Writer) (rows []evidence.Row) {
	const name = "licences"
	listed, exit, err := b.tool(ctx, log, "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}\t{{.Dir}}{{end}}", "./cmd/vault-health-exporter", "./cmd/token-broker")
	if err != nil || exit != 0 {
		return []evidence.Row{could(name, "the binaries", fmt.Errorf("listing the modules: exit code %d: %w", exit, err))}
	}
	lines := strings.Split(strings.TrimSpace(string(listed)), "\n")
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) {
		module, folder, ok := strings.Cut(line, "\t")
		if !ok {
			continue // of the standard library
		}
		wrong, err := unaccepted(folder)
		if err != nil {
			rows = append(rows, could(name, module, err))
			continue
		}
		rows = append(rows, findings(name, module, wrong)...)
	}
	return rows
}

// scanner knows the accepted licences only: any other is as good as none, and to
// know all of them takes seconds.
var scanner = sync.OnceValues(func() (*licensecheck.Scanner, error) {
	return licensecheck.NewScanner(slices.DeleteFunc(licensecheck.BuiltinLicenses(), func(l licensecheck.License) bool { return !slices.Contains(accepted, l.ID) }))
})

// unaccepted says what is wrong with the licences of a module in a folder.
func unaccepted(folder string) (wrong []string, err error) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	scan, err := scanner()
	if err != nil {
		return nil, err
	}
	known := false
	for _, file := range files {
		if !file.Type().IsRegular() || !licenceFile.MatchString(file.Name()) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, file.Name()))
		if err != nil {
			return nil, err
		}
		cover := scan.Scan(content)
		known = known || len(cover.Match) > 0 && cover.Percent >= covering
	}
	if !known {
		wrong = append(wrong, fmt.Sprintf("got no file with one of the licences %s", strings.Join(accepted, ", ")))
	}
	return wrong, nil
}
