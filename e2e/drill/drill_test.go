package drill

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestEveryFaultHasItsVerb compares the catalogue with the table, both ways.
func TestEveryFaultHasItsVerb(t *testing.T) {
	known := map[string]bool{}
	for _, f := range chaos.Lab() {
		known[f.Name] = true
		verb, err := Find(f.Name)
		if err != nil || verb.Inject == nil || verb.Undo == nil {
			t.Errorf("%s: got error %v, want something that does it and something that undoes it", f.Name, err)
		}
	}
	for _, f := range chaos.Lab() {
		if _, both := verbs[f.Name]; both && f.Link != nil {
			t.Errorf("%s: got a verb of a fault that says itself what it does to its link", f.Name)
		}
	}
	for name := range verbs {
		if !known[name] {
			t.Errorf("%s: the catalogue has no such fault in the lab", name)
		}
	}
	if _, err := Find("sael"); err == nil {
		t.Error("got a verb of a fault that there is not")
	}
}

func TestParse(t *testing.T) {
	text := `# HELP nas_hop_up …
nas_hop_up{flow="qnap",hop="broker"} 1
nas_hop_up{flow="qnap",hop="nas_vault"} 0
nas_flow_blame{flow="lane1-qnap",hop="nas_kv",reason="forbidden"} 1
nas_hop_up{flow="lane1-qnap",hop="nas_kv"} 0
nas_flow_blame{flow="qnap",hop="nas_vault",reason="sealed"} 1
nas_token_in_sync{flow="qnap",from="nas_kv",to="main_kv"} 1
nas_token_in_sync{flow="qnap",from="nas_kv",to="docker_exec"} 0
nas_flow_slots_total{flow="qnap",result="good"} 12
nas_flow_slots_total{flow="qnap",result="degraded"} 1.5e+01
nas_other{flow="qnap"} 3
go_goroutines 12
`
	flows, err := parse(strings.NewReader(text))
	got := flows["qnap"]
	want := State{Blame: "nas_vault sealed", Down: []string{"nas_vault"}, Up: 1, Synced: 1, Slots: map[string]float64{"good": 12, "degraded": 15}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("got error %v (-want +got):\n%s", err, diff)
	}
	if lane := flows["lane1-qnap"]; lane.Blame != "nas_kv forbidden" {
		t.Errorf("got blame %q of another flow, want its own", lane.Blame)
	}
	if got.Steady() || got.ended() != 27 {
		t.Errorf("got steady %t after %g slots, want false after 27", got.Steady(), got.ended())
	}
	if whole := (State{Up: len(flow.Entries()), Synced: copies}); !whole.Steady() {
		t.Error("got a whole flow that is not steady")
	}
	_, err = parse(strings.NewReader(`nas_hop_up{hop="broker"} one` + "\n"))
	if err == nil {
		t.Error("got a number that is none")
	}
}

func TestWhatSlotsSayOfAFault(t *testing.T) {
	broken := chaos.Fault{Hop: flow.Token, Reason: reason.Revoked, Lab: &chaos.Tier{Alerts: []string{delivery}}}
	served := chaos.Fault{Hop: flow.PKI, Reason: reason.Forbidden, Lab: &chaos.Tier{Alerts: []string{"NASPKIIssuanceFailing"}}}
	control := chaos.Fault{Lab: &chaos.Tier{Quiet: "it is none"}}
	passing := chaos.Fault{Lab: &chaos.Tier{Quiet: "it is none", Passing: true}}
	for name, test := range map[string]struct {
		fault chaos.Fault
		via   []string
		bad   float64
		want  bool
	}{
		"not delivered":                {broken, nil, 2, false},
		"not delivered, none bad":      {broken, nil, 0, true},
		"delivered":                    {served, nil, 0, false},
		"delivered, one bad":           {served, nil, 1, true},
		"no fault":                     {control, nil, 0, false},
		"no fault, blamed":             {control, []string{"pki forbidden"}, 0, true},
		"no fault, blamed in one slot": {passing, []string{"pki forbidden"}, 0, false},
	} {
		r := Result{Fault: test.fault, Via: test.via}
		r.slots(State{Slots: map[string]float64{"bad": 3}}, State{Slots: map[string]float64{"bad": 3 + test.bad}})
		if r.Failed() != test.want {
			t.Errorf("%s: got %q, want a problem %t", name, r.Problems, test.want)
		}
	}
}

func TestQuantile(t *testing.T) {
	var all []time.Duration
	for i := range 20 {
		all = append(all, time.Duration(20-i))
	}
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 10, 0.95: 19, 1: 20} {
		if got := quantile(all, q); got != want {
			t.Errorf("%g: got %d, want %d", q, got, want)
		}
	}
	if got := quantile(nil, 0.5); got != 0 {
		t.Errorf("of nothing: got %d, want 0", got)
	}
}

func TestOnlyWindowsExcuse(t *testing.T) {
	at := func(second int) time.Time { return time.Unix(int64(second), 0) }
	traffic := &Traffic{stop: func() {}, windows: []span{{at(10), at(20)}}}
	for second := range 30 {
		traffic.uses = append(traffic.uses, use{way: "over the link", began: at(second), ended: at(second + 2), why: "refused"})
	}
	all := traffic.Stop()
	// Those that began from 9 to 19 were under way in the window.
	if all.Outside != 19 || all.Inside != 11 || len(all.Failed) != 19 {
		t.Errorf("got %d outside, %d inside, %d failed, want 19, 11, 19", all.Outside, all.Inside, len(all.Failed))
	}
}

func TestJournalNamesTheLane(t *testing.T) {
	for target, want := range map[string]int{"abc123/0": 0, "abc123/3": 3, "abc123": 0} {
		if got := laneOf(target); got != want {
			t.Errorf("%s: got lane %d, want %d", target, got, want)
		}
	}
}

func TestSummaryEndsWithWhatIsWrong(t *testing.T) {
	fault := func(name string, hop flow.Hop) chaos.Fault { return chaos.Fault{Name: name, Hop: hop} }
	got := Summary([]Result{
		{Fault: fault("fine", flow.Token), Flow: "qnap", Detect: time.Second},
		{Fault: fault("quiet", ""), Flow: "qnap"},
		{Fault: fault("missed", flow.Token), Flow: "lane1-qnap", Problems: []string{"got nothing"}},
		{Fault: fault("paged", flow.Token), Flow: "lane2-qnap", Detect: time.Second, Pages: []string{"NASTokenInvalid"}},
	})
	want := "4 drills, 2 of them failed: 1 missed, 0 misnamed or otherwise wrong, 1 false pages\n" +
		"missed on lane1-qnap: got nothing\npaged on lane2-qnap: false page NASTokenInvalid\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestLanesTakeThePagedFirst, where nothing is remembered of what was played before
// or nothing else is left, and the lane that is kept for what is played alone takes no others.
func TestLanesTakeThePagedFirst(t *testing.T) {
	p := Playing{
		paged: []chaos.Fault{{Name: "paged"}, {Name: "kept"}, {Name: "waited for"}},
		rest:  []chaos.Fault{{Name: "other"}, {Name: "last"}},
	}
	var taken []string
	for _, lane := range []struct{ silent, pagedOnly bool }{
		{silent: true}, {silent: false}, {pagedOnly: true}, {silent: false}, {silent: false}, {pagedOnly: true}, {silent: true},
	} {
		f, ok := p.next(lane.silent, lane.pagedOnly)
		if !ok {
			f.Name = "none"
		}
		taken = append(taken, f.Name)
	}
	if diff := cmp.Diff([]string{"paged", "other", "kept", "last", "waited for", "none", "none"}, taken); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
}

// TestWhichTicketsMayBeEarly: those that the fault raises, and no others; a page
// never may.
func TestWhichTicketsMayBeEarly(t *testing.T) {
	want, raised := []string{"page/A x", "ticket/B y"}, []string{"A", "B", "C"}
	for title, may := range map[string]bool{"ticket/C z": true, "ticket/B y": false, "ticket/D": false, "page/C z": false, "page/A x": false} {
		if got := early(title, want, raised); got != may {
			t.Errorf("%s: got %t, want %t", title, got, may)
		}
	}
}

func TestShuffle(t *testing.T) {
	order := func(seed uint64) (names []string) {
		all := chaos.Lab()
		Shuffle(all, seed)
		for _, f := range all {
			names = append(names, f.Name)
		}
		return names
	}
	if cmp.Equal(order(1), order(2)) || !cmp.Equal(order(1), order(1)) {
		t.Error("got an order that is not the seed's")
	}
}
