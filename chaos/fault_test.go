package chaos_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

var update = flag.Bool("update", false, "write docs/faults.md and docs/matrix.md anew")

// TestCatalogue holds that each fault can be found, blamed and told of. What is
// told is compared with the rules in ../alerts.
func TestCatalogue(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range chaos.Faults() {
		if seen[f.Name] || f.Name == "" || !strings.HasSuffix(f.Does, ".") {
			t.Errorf("%q: want a name of its own and a sentence", f.Name)
		}
		seen[f.Name] = true
		if f.Embedded == nil && f.Lab == nil {
			t.Errorf("%s: nobody plays it", f.Name)
		}
		if (f.Lab == nil) != (f.NotInLab != "") {
			t.Errorf("%s: want the lab to play it, or a reason why not", f.Name)
		}
		if f.Embedded != nil && (f.Embedded.Paged || f.Embedded.Felt || f.Embedded.Passing) {
			t.Errorf("%s: got what is said of the lab only in another tier", f.Name)
		}
		if (f.Embedded == nil) && f.Seen != "" {
			t.Errorf("%s: seen in an embedded flow that does not play it", f.Name)
		}
		_, known := flow.Lookup(f.Hop)
		if known != (f.Hop != "") || known && (f.Reason.Plain() == reason.Internal.Plain() || flow.Remedy(f.Hop, f.Reason, flow.All()) == "") {
			t.Errorf("%s: got %q %q, want a hop of the map and a reason with a remedy, or neither", f.Name, f.Hop, f.Reason)
		}
	}
}

// TestDocs compares docs/faults.md with the catalogue.
func TestDocs(t *testing.T) {
	compare(t, "../docs/faults.md", page(t))
}

// compare holds a generated page against its source, or writes it anew.
func compare(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s (-want +got); -update writes it:\n%s", path, diff)
	}
}

func page(t *testing.T) string {
	var out strings.Builder
	out.WriteString(`# Faults

Every fault that the flow is known to have, what the exporter blames while it alone is there, and of which alert a person
is told. **Embedded** are those that ` + "`vault-health-exporter demo`" + ` plays, in memory; **lab** those that the lab plays on real
components, where all are named and of some the pager is waited for. What disturbs a link is played where the network is in
the hands of the player: in the simulation and, by toxiproxy, on real sockets and in the lab. Written from the catalogue in
` + "`chaos`" + ` by ` + "`make docs`" + `.

| fault | what it does | blamed | told (embedded) | told (lab) |
|---|---|---|---|---|
`)
	for _, f := range chaos.Faults() {
		blamed := "nothing"
		if f.Hop != "" {
			blamed = fmt.Sprintf("`%s` `%s`", f.Hop, f.Reason)
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s | %s |\n", f.Name, f.Does, blamed, told(f.Embedded), lab(f.Lab))
	}
	out.WriteString(`
## How long it takes

Each fault played alone by the real exporter in virtual time, at the pace of production: a slot and a scrape every 30 s, the
copiers every 5 minutes, the shipped rules unscaled. **Detected** and **told** are since the fault came, **recovered** and
**told of the end** since it was undone. A page waits 30 s for its group, a ticket 10 minutes, so that a page goes first.

| fault | detected | told | by | recovered | told of the end |
|---|---|---|---|---|---|
`)
	for line := range strings.Lines(measured(t)) {
		fmt.Fprintf(&out, "| `%s |\n", strings.Replace(strings.ReplaceAll(strings.TrimSpace(line), "\t", " | "), " |", "` |", 1))
	}
	out.WriteString("\nWhat the lab does not play, and why:\n\n")
	why := map[string][]string{}
	for _, f := range chaos.Faults() {
		if f.NotInLab != "" {
			why[f.NotInLab] = append(why[f.NotInLab], "`"+f.Name+"`")
		}
	}
	for _, f := range chaos.Faults() {
		if names := why[f.NotInLab]; names != nil {
			fmt.Fprintf(&out, "- %s: %s.\n", strings.Join(names, ", "), f.NotInLab)
			delete(why, f.NotInLab)
		}
	}
	return out.String()
}

// measured are the times that the simulation wrote.
func measured(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile("testdata/times.tsv")
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// lab is what is shown of a fault there.
func lab(tier *chaos.Tier) string {
	if tier != nil && !tier.Paged {
		return "named"
	}
	return told(tier)
}

func told(tier *chaos.Tier) string {
	switch {
	case tier == nil:
		return "not played"
	case tier.Quiet != "":
		return "nobody"
	}
	return tier.Alerts[0]
}
