package web

import (
	"strconv"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// hopView is one hop as the page draws it.
type hopView struct {
	Hop, Title string
	Tone       tone
	Word       string
	// Blamed marks the hop that explains the flow's state.
	Blamed bool
	// ReachesBack says that the hop asks the NAS, although it is on the other side.
	ReachesBack   bool
	Reason, Plain string
	Note          string
	Facts         []fact
	Sync          []syncView
	ProbeURL      string
}

// fact is one thing to know about a hop; Exact is the time behind an age.
type fact struct {
	Text, Exact string
	Warn        bool
}

// syncView is the comparison of a copy with the one that it is made from.
type syncView struct {
	Tone       tone
	Mark, Word string
	From       string
}

func newHop(s runner.Snapshot, h runner.HopState, now time.Time) hopView {
	v := hopView{
		Hop: string(h.Hop), Title: title(h.Hop), ReachesBack: h.Hop == flow.Token,
		Blamed:   s.Verdict.Hop == h.Hop && s.Verdict.Hop != "",
		Reason:   string(h.Reason),
		Facts:    append(newFacts(h, now), fedFrom(s.Feed, h)...),
		ProbeURL: probeURL(s.Flow, h.Hop),
	}
	inSync := true
	for _, p := range s.Pairs {
		if p.To == h.Hop {
			v.Sync = append(v.Sync, newSync(p))
			inSync = inSync && (!p.Known || p.InSync)
		}
	}
	if h.Reason != "" {
		v.Plain = h.Reason.Plain()
	}
	switch {
	case h.Checked.IsZero():
		v.Tone, v.Word = toneUnknown, "Not checked yet"
	case h.Reason.Group() == reason.Exporter && h.Reason != "":
		v.Tone, v.Word = toneUnknown, "Not known"
	case h.Reason != "" && h.Cause != "" && !v.Blamed:
		v.Tone, v.Word = toneWarn, "Consequence"
		v.Note = "A consequence of " + title(h.Cause) + "."
	case h.Reason != "":
		v.Tone, v.Word = toneBad, "Broken"
	case v.Blamed:
		// Its own check passes; the values on both sides of it tell that it does
		// not do its work.
		v.Tone, v.Word = toneBad, "Out of sync"
		v.Reason, v.Plain = string(s.Verdict.Reason), s.Verdict.Reason.Plain()
		v.Note = "Its own check passes."
	case !inSync:
		v.Tone, v.Word = toneWarn, "Out of sync"
	default:
		v.Tone, v.Word = toneOK, "OK"
	}
	return v
}

// newFacts lists what was learned, the most asked for first.
func newFacts(h runner.HopState, now time.Time) []fact {
	var facts []fact
	add := func(prefix string, m moment) {
		facts = append(facts, fact{Text: prefix + m.Age, Exact: m.Exact})
	}
	if h.Checked.IsZero() {
		return nil
	}
	add("checked ", ago(h.Checked, now))
	if h.LastSuccess.IsZero() {
		facts = append(facts, fact{Text: "never succeeded"})
	} else {
		add("last success ", ago(h.LastSuccess, now))
	}
	if !h.Since.IsZero() {
		state := "passing for "
		if h.Reason != "" {
			state = "failing for "
		}
		facts = append(facts, fact{Text: state + span(now.Sub(h.Since)), Exact: exact(h.Since)})
	}
	facts = append(facts, fact{Text: "took " + milliseconds(h.Duration)})
	if h.KVVersion > 0 {
		facts = append(facts, fact{Text: "KV version " + strconv.Itoa(h.KVVersion)})
	}
	if !h.RotationOpened.IsZero() {
		begun := ago(h.RotationOpened, now)
		facts = append(facts, fact{Text: "rotation not finished, begun " + begun.Age, Exact: begun.Exact, Warn: true})
	}
	if h.Vault != nil && h.Vault.Version != "" {
		facts = append(facts, fact{Text: "Vault " + h.Vault.Version})
	}
	if h.Broker != nil && !h.Broker.LastSuccess.IsZero() {
		add("last run succeeded ", ago(h.Broker.LastSuccess, now))
	}
	if h.External != nil && !h.External.Refreshed.IsZero() {
		add("refreshed ", ago(h.External.Refreshed, now))
	}
	return append(facts, lifetime(h, now)...)
}

// fedFrom says at the ExternalSecret what the Secret is made from, as far as that is
// known by more than the configuration.
func fedFrom(feed flow.Feed, h runner.HopState) []fact {
	switch {
	case h.Hop != flow.ExternalSecret || !feed.Known:
		return nil
	case feed.Copy == "":
		return []fact{{Text: "copies what the exporter does not read, so the Secret is compared with nothing", Warn: true}}
	}
	return []fact{{Text: "copies from " + title(feed.Copy)}}
}

// lifetime warns of a token that nothing ever ends, and of one that may do everything.
func lifetime(h runner.HopState, now time.Time) []fact {
	switch {
	case h.Auth == nil || !h.Auth.Valid:
		return nil
	case h.Auth.Expiry.IsZero() && h.Auth.Root:
		return []fact{{Text: "no TTL (root token)", Warn: true}}
	case h.Auth.Expiry.IsZero():
		return []fact{{Text: "no TTL", Warn: true}}
	}
	end := until(h.Auth.Expiry, now)
	facts := []fact{{Text: "TTL ends " + end.Age, Exact: end.Exact}}
	if h.Auth.Root {
		facts = append(facts, fact{Text: "root token", Warn: true})
	}
	return facts
}

func newSync(p runner.PairState) syncView {
	v := syncView{Tone: toneUnknown, Mark: "?", Word: "not comparable with", From: title(p.From)}
	switch {
	case p.Known && p.InSync:
		v.Tone, v.Mark, v.Word = toneOK, "=", "same token as"
	case p.Known:
		v.Tone, v.Mark, v.Word = toneWarn, "≠", "not the same token as"
	}
	return v
}
