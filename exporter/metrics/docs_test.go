package metrics_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/reason"
)

var update = flag.Bool("update", false, "write the generated files instead of comparing them")

// TestDocsMatchTheCatalogue holds docs/metrics.md to what the binary exports.
func TestDocsMatchTheCatalogue(t *testing.T) {
	compareFile(t, "../../docs/metrics.md", page())
}

// compareFile holds what is generated to a file, or writes it anew.
func compareFile(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); go test ./exporter/metrics -update writes it:\n%s", path, diff)
	}
}

// TestScaleNamesWhatIsExported: docs/scale.md says which families to drop.
func TestScaleNamesWhatIsExported(t *testing.T) {
	text, err := os.ReadFile("../../docs/scale.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, m := range catalogue.Metrics() {
		known[m.Name] = true
	}
	names := regexp.MustCompile(`\b(nas|qnap|vault_health_exporter)_[a-z0-9_]+`).FindAllString(string(text), -1)
	for _, name := range names {
		if !known[strings.TrimSuffix(name, "_bucket")] {
			t.Errorf("got %s, which is not exported", name)
		}
	}
	if len(names) < 10 {
		t.Errorf("got %d names", len(names))
	}
}

func page() string {
	var b strings.Builder
	b.WriteString("# Metrics\n\n")
	b.WriteString("Generated from exporter/metrics/catalogue; `go test ./exporter/metrics -run Docs -update` writes it anew.\n\n")
	b.WriteString("Seconds and bytes; timestamps, never ages. Counters exist at 0 for every hop, and every reason that it can\n")
	b.WriteString("fail for ([matrix.md](matrix.md)), before their first event. What is not known is absent, never stale. Histograms are classic and native at once: a Prometheus that\n")
	b.WriteString("scrapes native histograms needs `always_scrape_classic_histograms: true` to keep the `_bucket` series.\n\n")
	b.WriteString("| name | type | labels | meaning |\n|---|---|---|---|\n")
	for _, m := range catalogue.Metrics() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.Name, m.Type, strings.Join(m.Labels, ", "), m.Help)
	}
	b.WriteString("\nBeside these: the Go and process collectors of client_golang; of the runtime's memory statistics the total and the heap's objects only.\n\n")
	b.WriteString(ofManyFlows)
	b.WriteString("## Label `hop`\n\n| hop | what it is | holds a copy of the token | compared with |\n|---|---|---|---|\n")
	for _, e := range flow.Entries() {
		holds, with := "", []string{}
		if e.HoldsToken {
			holds = "yes"
		}
		for _, h := range e.CopiesFrom {
			with = append(with, "`"+string(h)+"`")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", e.Hop, e.Title, holds, strings.Join(with, ", else "))
	}
	b.WriteString("\n## Label `result` of nas_flow_slots_total\n\n| result | meaning |\n|---|---|\n")
	for _, r := range flow.Results() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", r, results[r])
	}
	b.WriteString("\n## Label `reason`\n\n| reason | who is to blame | the hop failed because |\n|---|---|---|\n")
	for _, r := range reason.Catalogue() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", r.Reason, r.Group, r.Plain)
	}
	return b.String()
}

// ofManyFlows says how a part of the series is asked for.
const ofManyFlows = `## Of many flows

` + "`/metrics?flow=NAME`" + ` has the series of that flow alone, or of several where it is repeated. ` + "`/metrics?shard=I/N`" + ` has the part
I, from 0 on, of N: each flow with all of its series is in one of them, and what is of no flow is in part 0. A flow's part is what
Prometheus' relabel action ` + "`hashmod`" + ` makes of its name. Answers are compressed with gzip or zstd for whoever asks. 500 flows with
every hop are 50 MB of text, 2 MB with gzip, and about a second of one CPU; so thousands of flows are scraped in parts, by one
server or by several that have some of the targets each:

` + "```yaml" + `
scrape_configs:
  - job_name: vault-health-exporter
    static_configs:
      - {targets: [exporter:9845], labels: {__param_shard: 0/2, shard: "0"}}
      - {targets: [exporter:9845], labels: {__param_shard: 1/2, shard: "1"}}
` + "```" + `

`

// results says what flow.Result's constants mean, for the page.
var results = map[flow.Result]string{
	flow.Good:         "an application that starts now gets a working token, and nothing upstream is broken",
	flow.Degraded:     "it gets a token, served from a copy, while something upstream is broken",
	flow.Bad:          "it gets no token, or one that does not work",
	flow.Skipped:      "the slot passed without the exporter looking",
	flow.Inconclusive: "the exporter looked and could not see what applications get: its own fault, its own right to look, or a Kubernetes API that does not answer it",
}
