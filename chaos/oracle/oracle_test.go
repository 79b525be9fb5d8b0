package oracle_test

import (
	"slices"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/oracle"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

var pace = oracle.Pace{Interval: 30 * time.Second, Timeout: 5 * time.Second, Scrape: 30 * time.Second, Copiers: 5 * time.Minute, TokenTTL: 24 * time.Hour}

// sealed is a run of an hour in which the NAS Vault is sealed from minute 20 to
// minute 30, and an exporter that is right about it.
func sealed() oracle.History {
	h := oracle.History{
		Pace: pace,
		Acts: []oracle.Act{
			{At: 20*time.Minute + time.Second, Verb: oracle.Break, Fault: chaos.NASSeal},
			{At: 30*time.Minute + time.Second, Verb: oracle.Heal, Fault: chaos.NASSeal},
			{At: time.Hour, Verb: oracle.End},
		},
		Delivery: []oracle.Delivery{{Works: true}},
		Events:   []oracle.Event{{At: 25 * time.Minute, Alert: "NASVaultSealed", Receiver: "page"}},
	}
	slots := map[flow.Result]int{}
	for k := range 120 {
		at := time.Duration(k)*30*time.Second + 29*time.Second
		s := oracle.Scrape{At: at, Checks: []oracle.Checks{{Hop: flow.NASKV, Attempts: k, Successes: k - 1, Failed: 1}}}
		if at > 20*time.Minute+30*time.Second && at < 30*time.Minute+30*time.Second {
			slots[flow.Degraded]++
			s.Blame, s.Down = flow.Verdict{Hop: flow.NASVault, Reason: reason.Sealed}, []flow.Hop{flow.NASVault}
		} else {
			slots[flow.Good]++
		}
		s.Slots = map[flow.Result]int{flow.Good: slots[flow.Good], flow.Degraded: slots[flow.Degraded]}
		h.Scrapes = append(h.Scrapes, s)
	}
	return h
}

// during is a scrape while the Vault is sealed, and after one when all is well.
const during, after = 50, 100

func TestJudge(t *testing.T) {
	for _, tc := range []struct {
		rule  string // "" where nothing is wrong
		wrong func(*oracle.History)
	}{
		{"", func(*oracle.History) {}},
		{"something was seen", func(h *oracle.History) { h.Scrapes = nil }},
		{"no token is shown", func(h *oracle.History) { h.Scrapes[7].Leaks = true }},
		{"every check returns", func(h *oracle.History) { h.Scrapes[7].Hanging = []flow.Hop{flow.PKI} }},
		{"every connection is closed", func(h *oracle.History) { h.Scrapes[7].Connections = 400 }},
		{"every connection is closed", func(h *oracle.History) { h.Left = 1 }},
		{"no counter falls", func(h *oracle.History) { h.Scrapes[7].Fell = []string{"nas_hop_checks_total"} }},
		{"attempts are successes and failures", func(h *oracle.History) { h.Scrapes[7].Checks[0].Failed++ }},
		{"slots are time by interval", func(h *oracle.History) { h.Scrapes[7].Slots[flow.Good] -= 2 }},
		{"no slot is bad while applications are served", func(h *oracle.History) { turn(h, flow.Degraded, flow.Bad) }},
		{"no slot is good while applications are not served", func(h *oracle.History) { h.Delivery[0].Works = false }},
		{"no slot is degraded while applications are not served", func(h *oracle.History) {
			h.Delivery[0].Works = false
			turn(h, flow.Good, flow.Degraded)
		}},
		{"what is blamed is broken", func(h *oracle.History) { h.Scrapes[during].Blame.Reason = reason.Standby }},
		{"what is broken is blamed", func(h *oracle.History) { h.Scrapes[during].Blame = flow.Verdict{} }},
		{"what is broken is blamed", func(h *oracle.History) { h.Scrapes[during].Blame.Hop = flow.NASKV }},
		{"nothing is blamed while nothing is broken", func(h *oracle.History) { h.Scrapes[after].Blame = h.Scrapes[during].Blame }},
		{"all is well after the last undo", func(h *oracle.History) { h.Scrapes[119].Down = []flow.Hop{flow.PKI} }},
		{"all is well after the last undo", func(h *oracle.History) { h.Acts = h.Acts[:1] }},
		{"no alert without a fault", func(h *oracle.History) { h.Events[0].Alert = "NASTokenDrift" }},
		{"no alert without a fault", func(h *oracle.History) { h.Events[0].At = 10 * time.Minute }},
		{"", func(h *oracle.History) {
			h.Events[0].Alert = "NASTokenDrift"
			h.Acts = slices.Insert(h.Acts, 1, oracle.Act{At: h.Acts[0].At, Verb: oracle.Rotate})
		}},
		{"no alert without a fault", func(h *oracle.History) { // rotated before it
			h.Events[0].Alert = "NASTokenDrift"
			h.Acts = slices.Insert(h.Acts, 0, oracle.Act{At: h.Acts[0].At - time.Minute, Verb: oracle.Rotate})
		}},
	} {
		h := sealed()
		tc.wrong(&h)
		found := oracle.Judge(h)
		if tc.rule == "" && len(found) > 0 {
			t.Errorf("a run in which all was right: got %q", found)
		}
		if tc.rule != "" && !slices.ContainsFunc(found, func(f oracle.Finding) bool { return f.Rule == tc.rule }) {
			t.Errorf("want the finding %q, got %q", tc.rule, found)
		}
	}
}

// turn makes slots with one result slots with another.
func turn(h *oracle.History, from, to flow.Result) {
	for _, s := range h.Scrapes {
		s.Slots[to] += s.Slots[from]
		s.Slots[from] = 0
	}
}

func TestSpells(t *testing.T) {
	spells := oracle.Spells(sealed())
	const want = "seal: detected after 58s, page told after 4m59s; recovered after 58s, told of the end after never"
	if len(spells) != 1 || spells[0].String() != want {
		t.Errorf("got %q, want %q", spells, want)
	}
}

// TestCounted: what must be so at any scrape is held against one alone, and nothing
// that is told by those before it.
func TestCounted(t *testing.T) {
	h := sealed()
	h.Acts, h.Scrapes = nil, h.Scrapes[during:during+1]
	if found := oracle.Counted(h); len(found) > 0 {
		t.Errorf("got %q of a scrape in which all was counted", found)
	}
	h.Scrapes[0].Fell = []string{"nas_hop_checks_total"}
	if found := oracle.Counted(h); len(found) != 1 || found[0].Rule != "no counter falls" {
		t.Errorf("got %q, want a counter that fell", found)
	}
}
