package simulation

import (
	"bytes"
	"runtime"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"

	"homelab.io/vault-health-exporter/chaos/oracle"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// Write implements io.Writer.
func (l *leakfinder) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(mark)) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.found = true
	}
	return len(p), nil
}

// scrapeForever scrapes the exporter as Prometheus would.
func (w *world) scrapeForever(over <-chan struct{}) {
	// Beside the slots, which begin with the run: both would be due at once.
	time.Sleep(Pace.Interval - 100*time.Millisecond)
	every(over, Pace.Scrape, w.scrape)
}

// scrapeAt scrapes at certain times since the run began.
func (w *world) scrapeAt(times []time.Duration) {
	for _, at := range times {
		time.Sleep(at - w.since())
		w.scrape()
	}
}

func (w *world) scrape() {
	w.mu.Lock()
	e := w.exporter
	w.mu.Unlock()
	families, err := e.Gatherer().Gather()
	if err != nil {
		families = nil
	}
	s := w.read(families)
	w.seen(s)
	if w.watch != nil {
		w.watch(Scraped{time.Now(), s.At, families})
	}
}

func (w *world) keep(s oracle.Scrape) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.history.Scrapes = append(w.history.Scrapes, s)
}

// read takes from a scrape what the oracle wants.
func (w *world) read(families []*dto.MetricFamily) oracle.Scrape {
	s := oracle.Scrape{At: w.since(), Slots: map[flow.Result]int{}, Goroutines: runtime.NumGoroutine(), Connections: w.network.Open()}
	checks := newChecks()
	w.mu.Lock()
	last := w.last
	w.mu.Unlock()
	var key []byte
	for _, f := range families {
		for _, m := range f.GetMetric() {
			hop := flow.Hop(label(m, "hop"))
			key = append(key[:0], f.GetName()...)
			for _, l := range m.GetLabel() {
				s.Leaks = s.Leaks || strings.Contains(l.GetValue(), mark)
				key = append(append(key, ' '), l.GetValue()...)
			}
			if m.Counter != nil {
				v, before := m.Counter.GetValue(), last[string(key)]
				if before == nil {
					before = new(float64)
					last[string(key)] = before
				}
				if v < *before {
					s.Fell = append(s.Fell, string(key))
				}
				*before = v
				checks.add(f.GetName(), hop, int(v))
			}
			switch f.GetName() {
			case "nas_flow_slots_total":
				s.Slots[flow.Result(label(m, "result"))] = int(m.Counter.GetValue())
			case "nas_flow_blame":
				if m.Gauge.GetValue() == 1 {
					s.Blame = flow.Verdict{Hop: hop, Reason: reason.Reason(label(m, "reason"))}
				}
			case "nas_hop_check_hanging":
				if m.Gauge.GetValue() == 1 {
					s.Hanging = append(s.Hanging, hop)
				}
			case "nas_hop_up":
				if m.Gauge.GetValue() == 0 {
					s.Down = append(s.Down, hop)
				}
			}
		}
	}
	s.Checks = checks.all()
	return s
}

// label is the value of a label, "" where there is none.
func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// checks are the counts of one scrape that are promised to add up.
type checks map[flow.Hop]*oracle.Checks

func newChecks() checks { return checks{} }

func (c checks) add(name string, hop flow.Hop, n int) {
	of := func() *oracle.Checks {
		if c[hop] == nil {
			c[hop] = &oracle.Checks{Hop: hop, Retrievals: true}
		}
		return c[hop]
	}
	switch name {
	case "qnap_token_retrieval_attempts_total":
		of().Attempts += n
	case "qnap_token_retrieval_success_total":
		of().Successes += n
	case "qnap_token_retrieval_failures_total":
		of().Failed += n
	}
}

// all are the counts in data-flow order.
func (c checks) all() []oracle.Checks {
	var all []oracle.Checks
	for _, e := range flow.Entries() {
		if c[e.Hop] != nil {
			all = append(all, *c[e.Hop])
		}
	}
	return all
}
