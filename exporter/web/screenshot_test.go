package web

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// TestWriteScreenshotPages writes the page in every state to the folder that
// WEB_SCREENSHOT_DIR names, for a person to look at in a browser.
func TestWriteScreenshotPages(t *testing.T) {
	dir := os.Getenv("WEB_SCREENSHOT_DIR")
	if dir == "" {
		t.Skip("WEB_SCREENSHOT_DIR is not set")
	}
	mistaken := lived(green(), map[int]flow.Result{3: "", 4: "", 100: flow.Degraded, 101: flow.Degraded, 180: flow.Bad, 181: flow.Bad, 182: flow.Inconclusive, 230: flow.Skipped})
	mistaken.Mistakes = runner.Mistakes{
		Found:  []string{"/etc/vault-health-exporter/flows/qnap.yaml:7: flows[0]: got an unknown key, want one of fallback, features_dir, interval, main, name, nas, timeout"},
		Effect: "The flow runs on with the configuration before.",
	}
	pages := map[string]struct {
		flows []runner.Snapshot
		query query
	}{
		"green":    {flows: []runner.Snapshot{lived(green(), nil)}},
		"degraded": {flows: []runner.Snapshot{lived(nasGone(), map[int]flow.Result{286: flow.Degraded, 287: flow.Degraded})}},
		"bad":      {flows: []runner.Snapshot{revoked()}},
		"first":    {flows: []runner.Snapshot{firstStart()}},
		"mistaken": {flows: append(fleet(7), mistaken), query: query{flow: "qnap"}},
		"fleet":    {flows: fleet(5000), query: query{page: 1}},
		"found":    {flows: fleet(5000), query: query{result: "degraded", name: "12", page: 1}},
	}
	write(t, filepath.Join(dir, "style.css"), style)
	for name, p := range pages {
		view, _ := newPage(&exporter{snapshots: p.flows}, p.query, at)
		view.Version, view.StyleURL = "1.0.0", styleURL
		var page bytes.Buffer
		err := pageTemplate.ExecuteTemplate(&page, "page.html", view)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name+".html"), page.Bytes())
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	err := os.WriteFile(path, content, 0o600)
	if err != nil {
		t.Fatal(err)
	}
}
