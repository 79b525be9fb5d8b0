package web

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// tone is the class that colours something; an icon and a word always say the
// same beside it.
type tone string

const (
	toneOK      tone = "ok"
	toneWarn    tone = "warn"
	toneBad     tone = "bad"
	toneUnknown tone = "unknown"
)

// pageView is everything that the template prints; it decides nothing. It is of
// the index or of one flow, or, where there is none, of neither.
type pageView struct {
	Title, Version, Now, StyleURL string
	// Shard is which part of the flows it has, I/N; "" for all.
	Shard string
	// Election is how it stands in one; "" without.
	Election string
	// Refresh is after how many seconds the page reloads itself.
	Refresh int
	// Flows is how many there are.
	Flows int
	Index *indexView
	Flow  *flowView
}

type flowView struct {
	Name     string
	Tone     tone
	Result   string // the value of the label "result", "" before the first slot
	Headline string
	Since    *moment
	Lasting  string
	Advice   *advice
	Mistakes runner.Mistakes
	Interval string
	Cycles   int
	Lanes    []laneView
	Copies   []copyView
	History  *historyView
	Failures []failureView
}

// laneView is one side of the flow.
type laneView struct {
	Title, Role string
	Hops        []hopView
}

// copyView is one copy of the token and its comparison with the copy before it, or
// with one further Away.
type copyView struct {
	Hop, Title     string
	Compared, Away bool
	Sync           syncView
	FirstSeen      *moment
}

// failureView is a run of equal failures; Times says how many, "" for one.
type failureView struct {
	Time              moment
	Times             string
	Hop, Reason       string
	Plain, Text       string
	TraceID, ProbeURL string
}

func newFlow(s runner.Snapshot, now time.Time) flowView {
	head := newHeadline(s.Summary, now)
	v := flowView{
		Name: s.Flow, Tone: head.tone, Result: string(s.Verdict.Result), Headline: head.text,
		Interval: every(s.Interval), Cycles: s.Cycles, Copies: newCopies(s, now),
		Advice: newAdvice(s, now), Mistakes: s.Mistakes, History: newHistory(s.History),
	}
	if !s.Since.IsZero() {
		since := ago(s.Since, now)
		v.Since, v.Lasting = &since, span(now.Sub(s.Since))
	}
	nas := laneView{Title: "NAS", Role: "makes the token"}
	main := laneView{Title: "Main cluster", Role: "serves it to applications"}
	for _, h := range s.Hops {
		lane := &main
		if e, _ := flow.Lookup(h.Hop); e.OnNAS {
			lane = &nas
		}
		lane.Hops = append(lane.Hops, newHop(s, h, now))
	}
	for _, lane := range []laneView{nas, main} {
		if len(lane.Hops) > 0 {
			v.Lanes = append(v.Lanes, lane)
		}
	}
	for _, f := range s.Failures {
		var times string
		if f.Count > 1 {
			times = fmt.Sprintf("%d times in %s", f.Count, span(f.Time.Sub(f.First)))
		}
		v.Failures = append(v.Failures, failureView{
			Times: times,
			Time:  ago(f.Time, now), Hop: string(f.Hop), Reason: string(f.Reason), Plain: f.Reason.Plain(),
			Text: f.Text, TraceID: f.TraceID, ProbeURL: probeURL(s.Flow, f.Hop),
		})
	}
	return v
}

// newCopies lines up the copies in data-flow order. A compared pair is two
// neighbours in it, unless the Secret is made from a copy that is further away.
func newCopies(s runner.Snapshot, now time.Time) []copyView {
	var copies []copyView
	var before flow.Hop
	for _, h := range s.Hops {
		e, _ := flow.Lookup(h.Hop)
		if !e.HoldsToken {
			continue
		}
		c := copyView{Hop: string(h.Hop), Title: title(h.Hop), FirstSeen: optional(h.FirstSeen, now)}
		i := slices.IndexFunc(s.Pairs, func(p runner.PairState) bool {
			return p.Pair == flow.Pair{From: before, To: h.Hop} || p.Pair == flow.Pair{From: h.Hop, To: before}
		})
		if i < 0 && h.Hop == flow.K8sSecret {
			i = slices.IndexFunc(s.Pairs, func(p runner.PairState) bool { return p.To == h.Hop })
			c.Away = i >= 0
		}
		if i >= 0 {
			c.Compared, c.Sync = true, newSync(s.Pairs[i])
		}
		copies, before = append(copies, c), h.Hop
	}
	return copies
}

func probeURL(flowName string, h flow.Hop) string {
	return "probe?" + url.Values{"flow": {flowName}, "hop": {string(h)}, "debug": {"true"}}.Encode()
}

// title falls back to the label for a hop that the map does not know.
func title(h flow.Hop) string {
	e, _ := flow.Lookup(h)
	return cmp.Or(e.Title, string(h))
}

func optional(t, now time.Time) *moment {
	if t.IsZero() {
		return nil
	}
	m := ago(t, now)
	return &m
}
