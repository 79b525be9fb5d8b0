package suite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
)

// written are the folders into which a run writes.
var written = []string{Reports, evidence.Folder, "e2e/results"}

// asked are what is asked of the lab's servers at the end, for what they hold.
func (b *Bench) asked() map[string]string {
	return map[string]string{
		"exporter-metrics.txt":    b.lab.ExporterURL() + "/metrics",
		"exporter-page.html":      b.lab.ExporterURL() + "/",
		"prometheus-federate.txt": b.lab.PrometheusURL() + "/federate?match[]=%7B__name__%3D~%22.%2B%22%7D",
		"prometheus-rules.json":   b.lab.PrometheusURL() + "/api/v1/rules",
	}
}

// runArtefacts writes the logs of the lab and what its servers say, then looks
// for secrets in all that the run has written. What the lab is begun with, its
// folder, holds them, and goes with it.
func runArtefacts(ctx context.Context, b *Bench) error {
	if b.lab == nil {
		return errors.New("looking at the lab's artefacts: there is no lab")
	}
	return b.record(ctx, gate.SuiteArtefacts, func(r *evidence.Record, _ io.Writer) error {
		if err := b.lab.Logs(ctx, b.path(labLogs)); err != nil {
			return err
		}
		for name, url := range b.asked() {
			if err := save(ctx, url, b.path(labLogs, name)); err != nil {
				return err
			}
		}
		r.Rows = append(r.Rows, noHeapDump(ctx, b.lab.ExporterURL()))
		for _, folder := range written {
			rows, err := scanFolder(b.Root, folder)
			if err != nil {
				return err
			}
			r.Rows = append(r.Rows, rows...)
		}
		return nil
	})
}

// save writes a server's reply into a file.
func save(ctx context.Context, url, path string) error {
	body, status, err := get(ctx, url)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("getting %q: got status %d, want 200", url, status)
	}
	return os.WriteFile(path, body, 0o600)
}

// replyLimit is how much of a reply is read, in bytes.
const replyLimit = 256 << 20

func get(ctx context.Context, url string) (body []byte, status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(io.LimitReader(response.Body, replyLimit))
	return body, response.StatusCode, err
}

// noHeapDump holds that the exporter hands none out: its memory has tokens for
// as long as a check lasts, so there must be no way to it.
func noHeapDump(ctx context.Context, exporter string) evidence.Row {
	row := evidence.Row{Check: "heap dump", Name: "/debug/pprof/heap", Result: evidence.Verified}
	_, status, err := get(ctx, exporter+row.Name)
	switch {
	case err != nil:
		return could(row.Check, row.Name, err)
	case status != http.StatusNotFound:
		row.Result, row.Why = evidence.Failed, fmt.Sprintf("got status %d, want 404: the exporter hands out its memory", status)
	}
	return row
}

// scanFolder looks at each file below a folder; a folder that is not there was
// not written to.
func scanFolder(root, folder string) (rows []evidence.Row, err error) {
	err = filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		rows = append(rows, findings("token bytes", filepath.ToSlash(name), leaks(content))...)
		return err
	})
	return rows, err
}

// leaks says where bytes of a secret are, never which.
func leaks(content []byte) (found []string) {
	for _, s := range scans {
		if at := s.find(content); at >= 0 {
			line := 1 + strings.Count(string(content[:at]), "\n")
			found = append(found, fmt.Sprintf("line %d: %s", line, s.what))
		}
	}
	return found
}
