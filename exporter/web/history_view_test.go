package web

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/runner"
)

func TestTheLastDayInWords(t *testing.T) {
	worse := map[int]flow.Result{0: "", 1: "", 285: flow.Degraded, 286: flow.Degraded, 287: flow.Bad}
	v := newHistory(lived(green(), worse).History)
	want := "Worst result of every 5 min: bad 0.3 %, degraded 0.7 %, good 99.0 %. Of 10 min nothing is known."
	if v.Summary != want {
		t.Errorf("got %q, want %q", v.Summary, want)
	}
	var troubles []string
	for _, run := range v.Troubles {
		troubles = append(troubles, string(run.Tone)+" "+run.Text)
	}
	if diff := cmp.Diff([]string{"bad bad between 03:10 and now", "warn degraded between 03:00 and 03:10"}, troubles); diff != "" {
		t.Error(diff)
	}
	good := v.Runs[0]
	if good.X != 2 || good.Width != 283 || good.Y+good.Height != stripHeight || good.Height >= v.Runs[1].Height || v.Runs[2].Height != stripHeight {
		t.Errorf("got %+v, want what was worse to be higher, and all on one ground", v.Runs)
	}
	if newHistory(runner.History{Worst: make([]flow.Result, 288)}) != nil {
		t.Error("got a strip of nothing")
	}
}

// TestADayOfFlapping is the largest strip there is; the list of its troubles ends.
func TestADayOfFlapping(t *testing.T) {
	worse := map[int]flow.Result{}
	for i := 0; i < 288; i += 2 {
		worse[i] = flow.Bad
	}
	s := lived(green(), worse)
	v := newHistory(s.History)
	if len(v.Troubles) != maxTroubles || v.More != 144-maxTroubles {
		t.Errorf("got %d times of trouble and %d more, want %d of 144", len(v.Troubles), v.More, maxTroubles)
	}
	body := page(t, s)
	if got := strings.Count(body, "<rect "); got != 288 || !strings.Contains(body, "and 139 times before") || !strings.Contains(body, `aria-label="Worst result of every 5 min: bad 50.0 %, good 50.0 %."`) {
		t.Errorf("got %d steps, want 288, and what they say in words", got)
	}
	if len(body) > 100_000 {
		t.Errorf("got %d bytes", len(body))
	}
}
