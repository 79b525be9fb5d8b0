package dashboards

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// overlaps lists what is wrong with the places and the numbers of the panels.
func overlaps(d Dashboard) []string {
	var found []string
	ids := map[int]string{}
	taken := map[[2]int]string{}
	for _, p := range d.Panels {
		if other, twice := ids[p.ID]; twice || p.ID <= 0 {
			found = append(found, fmt.Sprintf("%s: got the id %d of %q, want one of its own", p.Title, p.ID, other))
		}
		ids[p.ID] = p.Title
		g := p.GridPos
		if g.W < 1 || g.H < 1 || g.X < 0 || g.Y < 0 || g.X+g.W > 24 {
			found = append(found, fmt.Sprintf("%s: got the place %+v, want it within 24 columns", p.Title, g))
			continue
		}
		if other := occupy(taken, g, p.Title); other != "" {
			found = append(found, fmt.Sprintf("%s: overlaps %q", p.Title, other))
		}
	}
	return found
}

// occupy takes the cells of g and names another panel that has one of them.
func occupy(taken map[[2]int]string, g GridPos, title string) (other string) {
	for x := g.X; x < g.X+g.W; x++ {
		for y := g.Y; y < g.Y+g.H; y++ {
			if by, is := taken[[2]int{x, y}]; is {
				other = by
			}
			taken[[2]int{x, y}] = title
		}
	}
	return other
}

func TestLayout(t *testing.T) {
	for _, d := range load(t) {
		for _, problem := range overlaps(d) {
			t.Errorf("%s: %s", d.File, problem)
		}
	}
}

func TestLayoutRefuses(t *testing.T) {
	for name, change := range map[string]func(*Dashboard){
		"overlap":    func(d *Dashboard) { d.Panels[2].GridPos.X-- },
		"same id":    func(d *Dashboard) { d.Panels[2].ID = d.Panels[1].ID },
		"no id":      func(d *Dashboard) { d.Panels[2].ID = 0 },
		"too wide":   func(d *Dashboard) { d.Panels[2].GridPos.W++ },
		"no surface": func(d *Dashboard) { d.Panels[2].GridPos.H = 0 },
	} {
		d := load(t)[0]
		change(&d)
		if got := overlaps(d); len(got) != 1 {
			t.Errorf("%s: got %q, want one problem", name, got)
		}
	}
}

// TestHopsInFlowOrder holds the timeline to the map of the flow: one row for
// each hop, in the order in which the token travels.
func TestHopsInFlowOrder(t *testing.T) {
	var want, got []string
	for _, e := range flow.Entries() {
		want = append(want, fmt.Sprintf("max by (flow, hop) (nas_hop_up{job=~\"$job\", flow=~\"$flow\", hop=%q}) as {{flow}}: %s", e.Hop, e.Title))
	}
	for _, target := range panel(t, "Hops").Targets {
		got = append(got, target.Expr+" as "+target.LegendFormat)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// TestBlameInWords holds the words for hops and reasons to the catalogues.
func TestBlameInWords(t *testing.T) {
	hops := map[string]string{"none": "Nothing is broken"}
	for _, e := range flow.Entries() {
		hops[string(e.Hop)] = e.Title
	}
	reasons := map[string]string{"none": "every hop works"}
	for _, e := range reason.Catalogue() {
		reasons[string(e.Reason)] = e.Plain
	}
	blame := panel(t, "What is to blame?")
	for column, want := range map[string]map[string]string{"Hop": hops, "Because": reasons} {
		if diff := cmp.Diff(want, wordsOf(t, blame, column)); diff != "" {
			t.Errorf("words of the column %q (-want +got):\n%s", column, diff)
		}
	}
}

func wordsOf(t *testing.T, p Panel, column string) map[string]string {
	t.Helper()
	words := map[string]string{}
	for _, o := range p.FieldConfig.Overrides {
		for _, property := range o.Properties {
			if o.Matcher.Options != column || property.ID != "mappings" {
				continue
			}
			var mappings []Mapping
			if err := json.Unmarshal(property.Value, &mappings); err != nil {
				t.Fatal(err)
			}
			for value, result := range mappings[0].Options {
				words[value] = result.Text
			}
		}
	}
	return words
}

func panel(t *testing.T, title string) Panel {
	t.Helper()
	for _, d := range load(t) {
		for _, p := range d.Panels {
			if p.Title == title {
				return p
			}
		}
	}
	t.Fatalf("got no panel %q", title)
	return Panel{}
}

// TestGivenExpressions holds the first two panels to the expressions that were
// asked for, to the letter.
func TestGivenExpressions(t *testing.T) {
	d := load(t)[0]
	if d.Title != "NAS-to-Homelab Automation Health" {
		t.Errorf("got the title %q", d.Title)
	}
	got := [][2]string{}
	for _, p := range d.Panels[1:3] { // the first is the row's heading
		got = append(got, [2]string{p.Title, p.Targets[0].Expr})
	}
	want := [][2]string{
		{"Token Retrieval Success Rate", "rate(qnap_token_retrieval_success_total[5m]) / rate(qnap_token_retrieval_attempts_total[5m]) * 100"},
		{"Cross-Cluster Latency", "histogram_quantile(0.95, rate(nas_cluster_request_duration_seconds_bucket[5m]))"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("given panels (-want +got):\n%s", diff)
	}
}
