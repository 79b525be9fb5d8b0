package web

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// hopsOf finds every hop of a view by its label.
func hopsOf(v flowView) map[string]hopView {
	hops := map[string]hopView{}
	for _, lane := range v.Lanes {
		for _, h := range lane.Hops {
			hops[h.Hop] = h
		}
	}
	return hops
}

func words(v flowView) map[string]string {
	got := map[string]string{}
	for name, h := range hopsOf(v) {
		got[name] = string(h.Tone) + " " + h.Word
		if h.Blamed {
			got[name] += ", cause"
		}
	}
	return got
}

func all(word string) map[string]string {
	m := map[string]string{}
	for _, h := range allHops() {
		m[string(h)] = word
	}
	return m
}

func with(base map[string]string, changes map[string]string) map[string]string {
	for k, v := range changes {
		base[k] = v
	}
	return base
}

func TestStates(t *testing.T) {
	drifted := green()
	drifted.Verdict = flow.Verdict{Result: flow.Degraded, Hop: flow.Broker, Reason: reason.Stale}
	for i := range drifted.Pairs {
		drifted.Pairs[i].InSync = drifted.Pairs[i].To != flow.MainKV
	}
	blind := green()
	blind.Verdict = flow.Verdict{Result: flow.Inconclusive, Hop: flow.NASVault, Reason: reason.Config}
	state(&blind, flow.NASVault).Reason = reason.Config
	unlooked := green()
	unlooked.Verdict = flow.Verdict{Result: flow.Degraded, Hop: flow.PKI, Reason: reason.Forbidden}
	state(&unlooked, flow.PKI).Reason = reason.Forbidden
	missed := green()
	missed.Verdict = flow.Verdict{Result: flow.Skipped}
	stopped := green()
	stopped.Checked = before(5 * time.Minute)
	tests := []struct {
		name     string
		snapshot runner.Snapshot
		tone     tone
		headline string
		words    map[string]string
	}{
		{"good", green(), toneOK, "Applications get a working token.", all("ok OK")},
		{
			"NAS gone", nasGone(), toneWarn,
			"Applications are served, but NAS Vault is broken because the host does not answer connection attempts.",
			with(all("ok OK"), map[string]string{
				"nas_vault": "bad Broken, cause", "docker_exec": "bad Broken",
				"nas_kv": "warn Consequence", "broker": "warn Consequence", "token": "warn Consequence",
			}),
		},
		{
			"token revoked", revoked(), toneBad,
			"Applications do NOT get a working token: Token broker is broken because the object is switched off and will not move the token.",
			with(all("ok OK"), map[string]string{
				"broker": "bad Broken, cause", "main_kv": "warn Out of sync", "token": "warn Consequence",
			}),
		},
		{
			"copy stayed behind", drifted, toneWarn,
			"Applications are served, but Token broker is broken because the copy is older than it should be.",
			with(all("ok OK"), map[string]string{"broker": "bad Out of sync, cause", "main_kv": "warn Out of sync"}),
		},
		{
			"exporter's own fault", blind, toneUnknown,
			"It is not known whether applications get a working token: NAS Vault could not be checked because the exporter's own configuration or one of its files is at fault.",
			with(all("ok OK"), map[string]string{"nas_vault": "unknown Not known, cause"}),
		},
		{
			"exporter may not look", unlooked, toneWarn,
			"Applications are served, but Certificate issuance could not be checked because our own credentials do not allow this.",
			with(all("ok OK"), map[string]string{"pki": "bad Broken, cause"}),
		},
		{
			"slot missed", missed, toneUnknown,
			"It is not known whether applications get a working token: the exporter missed its last check.",
			all("ok OK"),
		},
		{
			"exporter stopped looking", stopped, toneUnknown,
			"The exporter has not looked for 5 min. Before that: Applications get a working token.",
			all("ok OK"),
		},
		{"first start", firstStart(), toneUnknown, "Not checked yet.", all("unknown Not checked yet")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := newFlow(test.snapshot, at)
			if v.Tone != test.tone || v.Headline != test.headline {
				t.Errorf("got %s %q, want %s %q", v.Tone, v.Headline, test.tone, test.headline)
			}
			if diff := cmp.Diff(test.words, words(v)); diff != "" {
				t.Errorf("the hops differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLanesAndCopies(t *testing.T) {
	v := newFlow(revoked(), at)
	var lanes []string
	for _, lane := range v.Lanes {
		var names []string
		for _, h := range lane.Hops {
			names = append(names, h.Hop)
		}
		lanes = append(lanes, lane.Title+": "+strings.Join(names, " "))
	}
	want := []string{
		"NAS: docker_exec nas_vault nas_kv pki transit",
		"Main cluster: broker main_vault main_kv external_secret k8s_secret token",
	}
	if diff := cmp.Diff(want, lanes); diff != "" {
		t.Errorf("the lanes differ (-want +got):\n%s", diff)
	}
	var chain []string
	for _, c := range v.Copies {
		chain = append(chain, c.Sync.Mark+c.Hop)
	}
	if diff := cmp.Diff([]string{"docker_exec", "=nas_kv", "≠main_kv", "=k8s_secret"}, chain); diff != "" {
		t.Errorf("the copies differ (-want +got):\n%s", diff)
	}
	if mark := newFlow(firstStart(), at).Copies[1].Sync.Mark; mark != "?" {
		t.Errorf("two unread copies are marked %q, want ?", mark)
	}
}

// TestWhatTheSecretIsMadeFrom: the page says it, and compares with that copy alone.
func TestWhatTheSecretIsMadeFrom(t *testing.T) {
	for _, test := range []struct {
		feed      flow.Feed
		fact      string
		away      bool
		mark      string
		wantWarns bool
	}{
		{flow.Feed{}, "", false, "=", false},
		{flow.Feed{Known: true, Vault: flow.MainVault, Copy: flow.MainKV}, "copies from Token in the main Vault", false, "=", false},
		{flow.Feed{Known: true, Vault: flow.NASVault, Copy: flow.NASKV}, "copies from Token in the NAS Vault", true, "=", false},
		{flow.Feed{Known: true}, "copies what the exporter does not read, so the Secret is compared with nothing", false, "", true},
	} {
		s := green()
		s.Feed, s.Pairs = test.feed, nil
		for _, p := range flow.Pairs(allHops(), test.feed) {
			s.Pairs = append(s.Pairs, runner.PairState{Pair: p, Known: true, InSync: true})
		}
		v := newFlow(s, at)
		copied := v.Copies[len(v.Copies)-1]
		if copied.Away != test.away || copied.Sync.Mark != test.mark {
			t.Errorf("%s: got the copy %+v", test.feed, copied)
		}
		facts := newHop(s, *state(&s, flow.ExternalSecret), at).Facts
		last := facts[len(facts)-1]
		if test.fact != "" && (last.Text != test.fact || last.Warn != test.wantWarns) || test.fact == "" && strings.Contains(last.Text, "copies") {
			t.Errorf("%s: got the fact %+v, want %q", test.feed, last, test.fact)
		}
	}
}

func TestFacts(t *testing.T) {
	text := func(h runner.HopState) string {
		var texts []string
		for _, f := range newFacts(h, at) {
			if f.Warn {
				f.Text = "!" + f.Text
			}
			texts = append(texts, f.Text)
		}
		return strings.Join(texts, ", ")
	}
	checked := runner.HopState{Checked: before(3 * time.Second), Duration: 4200 * time.Microsecond}
	basis := "checked 3 s ago, never succeeded, took 4.2 ms"
	tests := []struct {
		name   string
		change func(*runner.HopState)
		want   string
	}{
		{"bare", func(*runner.HopState) {}, basis},
		{"not checked", func(h *runner.HopState) { h.Checked = time.Time{} }, ""},
		{"failing", func(h *runner.HopState) {
			h.Reason, h.Since, h.LastSuccess = reason.Sealed, before(90*time.Minute), before(91*time.Minute)
		}, "checked 3 s ago, last success 1 h 31 min ago, failing for 1 h 30 min, took 4.2 ms"},
		{"version", func(h *runner.HopState) { h.KVVersion, h.Vault = 7, &upstream.VaultState{Version: "1.21.4"} }, basis + ", KV version 7, Vault 1.21.4"},
		{"open rotation", func(h *runner.HopState) { h.KVVersion, h.RotationOpened = 7, before(2*time.Hour) }, basis + ", KV version 7, !rotation not finished, begun 2 h ago"},
		{"root", func(h *runner.HopState) { h.Auth = &upstream.TokenState{Valid: true, Root: true} }, basis + ", !no TTL (root token)"},
		{"endless", func(h *runner.HopState) { h.Auth = &upstream.TokenState{Valid: true} }, basis + ", !no TTL"},
		{"TTL", func(h *runner.HopState) { h.Auth = &upstream.TokenState{Valid: true, Expiry: before(-5 * time.Hour)} }, basis + ", TTL ends in 5 h"},
		{"root with TTL", func(h *runner.HopState) {
			h.Auth = &upstream.TokenState{Valid: true, Root: true, Expiry: before(-5 * time.Hour)}
		}, basis + ", TTL ends in 5 h, !root token"},
		{"not valid", func(h *runner.HopState) { h.Auth = &upstream.TokenState{} }, basis},
		{"broker", func(h *runner.HopState) { h.Broker = &hop.BrokerState{LastSuccess: before(4 * time.Minute)} }, basis + ", last run succeeded 4 min ago"},
		{"external", func(h *runner.HopState) { h.External = &hop.ExternalState{Refreshed: before(time.Minute)} }, basis + ", refreshed 60 s ago"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := checked
			test.change(&h)
			if got := text(h); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
