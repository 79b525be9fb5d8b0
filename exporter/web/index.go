package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// pageSize is how many flows a page of the index has.
const pageSize = 100

// indexView is the list of all flows, the worst first, a page of it.
type indexView struct {
	Counts []countView
	// Name and Result are what is looked for; "" is everything.
	Name, Result string
	Rows         []rowView
	// Matching is how many flows are looked for, and First and Last which of them
	// are on this page, from 1 on.
	Matching, First, Last int
	Previous, Next        string // "" at an end
}

// countView is how many flows there are with a result.
type countView struct {
	Tone      tone
	Word, URL string
	Flows     int
	Current   bool
}

type rowView struct {
	Name, URL string
	Tone      tone
	Headline  string
	Lasting   string
}

// newIndex makes the view of what is looked for. It is a pure function, and looks
// at the rows of its page alone but for what they are sorted by.
func newIndex(all []runner.Summary, wanted query, now time.Time) *indexView {
	v := &indexView{Counts: newCounts(all, wanted), Name: wanted.name, Result: wanted.result}
	matching := make([]runner.Summary, 0, len(all))
	for _, s := range all {
		if wanted.matches(s) {
			matching = append(matching, s)
		}
	}
	slices.SortFunc(matching, func(a, b runner.Summary) int {
		return cmp.Or(cmp.Compare(rank(b, now), rank(a, now)), cmp.Compare(a.Flow, b.Flow))
	})
	v.Matching = len(matching)
	page := min(wanted.page, max(1, (len(matching)+pageSize-1)/pageSize))
	first, last := (page-1)*pageSize, min(page*pageSize, len(matching))
	for _, s := range matching[first:last] {
		v.Rows = append(v.Rows, newRow(s, now))
	}
	v.First, v.Last = first+1, last
	if page > 1 {
		v.Previous = wanted.at(page - 1)
	}
	if last < len(matching) {
		v.Next = wanted.at(page + 1)
	}
	return v
}

// rank orders flows: a result that is no longer looked after is not known.
func rank(s runner.Summary, now time.Time) int {
	r := s.Verdict.Result.Severity()
	if idleFor(s, now) > 0 {
		r = max(r, flow.Inconclusive.Severity())
	}
	return r
}

func newRow(s runner.Summary, now time.Time) rowView {
	head := newHeadline(s, now)
	row := rowView{Name: s.Flow, URL: "?" + url.Values{flowParameter: {s.Flow}}.Encode(), Tone: head.tone, Headline: head.text}
	if !s.Since.IsZero() {
		row.Lasting = span(now.Sub(s.Since))
	}
	return row
}

// newCounts counts the flows by result, the worst first, and leads to each.
func newCounts(all []runner.Summary, wanted query) []countView {
	counts := make([]int, flow.Bad.Severity()+1)
	for _, s := range all {
		counts[s.Verdict.Result.Severity()]++
	}
	views := []countView{{Tone: toneUnknown, Word: "all", Flows: len(all), URL: wanted.of("").at(1), Current: wanted.result == ""}}
	for severity, n := range slices.Backward(counts) {
		result := flow.OfSeverity(severity)
		word := resultWord(result)
		if n > 0 || wanted.result == word {
			views = append(views, countView{Tone: judged(flow.Verdict{Result: result}).tone, Word: word, Flows: n, URL: wanted.of(word).at(1), Current: wanted.result == word})
		}
	}
	return views
}

// resultWord is a result as the parameter has it.
func resultWord(r flow.Result) string { return cmp.Or(string(r), "unchecked") }

// matches reports whether a flow is looked for.
func (q query) matches(s runner.Summary) bool {
	return (q.result == "" || q.result == resultWord(s.Verdict.Result)) && strings.Contains(s.Flow, q.name)
}

// of is the query for another result.
func (q query) of(result string) query {
	q.result = result
	return q
}

// at leads to a page of what is looked for.
func (q query) at(page int) string {
	values := url.Values{}
	for key, value := range map[string]string{resultParameter: q.result, nameParameter: q.name} {
		if value != "" {
			values.Set(key, value)
		}
	}
	if page > 1 {
		values.Set(pageParameter, strconv.Itoa(page))
	}
	return "?" + values.Encode()
}
