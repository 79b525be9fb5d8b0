package report_test

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/report"
)

func TestWrite(t *testing.T) {
	seal, _ := chaos.Find(chaos.NASSeal)
	rotate, _ := chaos.Find(chaos.TokenRotated)
	run := report.Run{Tier: "simulation", Seed: 7, Rows: []report.Row{
		{Fault: seal, Name: seal.Name, Receiver: "page", Held: 20 * time.Minute, Detected: 47 * time.Second, Told: 5 * time.Minute, Recovered: time.Minute, Resolved: 10 * time.Minute},
		{Fault: rotate, Name: rotate.Name, Held: time.Minute, Detected: report.Never, Told: report.Never, Recovered: 0, Resolved: report.Never, Problems: []string{"at 3m, <b>something</b> | is wrong"}},
	}}
	dir := t.TempDir()
	if err := run.Write(dir); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	var asJSON struct {
		Faults []struct {
			Name     string
			Problems []string
			Told     time.Duration `json:"told_nanoseconds"`
		}
	}
	if err := json.Unmarshal([]byte(read("report.json")), &asJSON); err != nil || len(asJSON.Faults) != 2 || asJSON.Faults[0].Told != 5*time.Minute || len(asJSON.Faults[1].Problems) != 1 {
		t.Errorf("report.json: got %+v (%v)", asJSON, err)
	}
	var asXML struct {
		Failures int        `xml:"failures,attr"`
		Cases    []struct{} `xml:"testcase"`
	}
	if err := xml.Unmarshal([]byte(read("report.xml")), &asXML); err != nil || asXML.Failures != 1 || len(asXML.Cases) != 2 {
		t.Errorf("report.xml: got %+v (%v)", asXML, err)
	}
	for name, words := range map[string][]string{
		"report.md":   {"2 played, 1 not as the catalogue says", "| `seal` | nas_vault sealed | 47s | 5m0s | 1m0s | 10m0s | as it should be |", `**at 3m, <b>something</b> \| is wrong**`},
		"report.html": {"<strong class=\"bad\">1 not as the catalogue says</strong>", "The NAS Vault is sealed.", "&lt;b&gt;something&lt;/b&gt;", "width: 66.7%", "told (page)"},
	} {
		for _, want := range words {
			if !strings.Contains(read(name), want) {
				t.Errorf("%s: want %q in it", name, want)
			}
		}
	}
	for _, outside := range []string{"http://", "https://", "src=", "<script"} {
		if strings.Contains(read("report.html"), outside) {
			t.Errorf("report.html: got %q, want nothing from outside", outside)
		}
	}
}
