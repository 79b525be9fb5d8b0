package web

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"homelab.io/vault-health-exporter/exporter/runner"
)

// TestWriteScreenshotPages writes the page in every state to the folder that
// WEB_SCREENSHOT_DIR names, for a person to look at in a browser.
func TestWriteScreenshotPages(t *testing.T) {
	dir := os.Getenv("WEB_SCREENSHOT_DIR")
	if dir == "" {
		t.Skip("WEB_SCREENSHOT_DIR is not set")
	}
	second := revoked()
	second.Flow = "qnap-lab"
	pages := map[string][]runner.Snapshot{
		"green":    {green()},
		"degraded": {nasGone()},
		"bad":      {revoked()},
		"first":    {firstStart()},
		"two":      {green(), second},
	}
	write(t, filepath.Join(dir, "style.css"), style)
	for name, snapshots := range pages {
		var page bytes.Buffer
		err := pageTemplate.Execute(&page, newPage(snapshots, "1.0.0", styleURL, at))
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
