package simulation

import (
	"testing"

	"homelab.io/vault-health-exporter/alerts/pager"
	"homelab.io/vault-health-exporter/chaos/oracle"
)

// RunPaged is Run with every scrape played through the shipped rules, which are
// not scaled: the history also says who was told of what.
func RunPaged(t *testing.T, script Script, options Options) oracle.History {
	t.Helper()
	p, err := pager.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	// Beside the virtual time, so that it takes the other core.
	scrapes, events := make(chan Scraped, 64), make(chan []oracle.Event)
	go func() { events <- listen(t, p, scrapes) }()
	options.Watch = func(s Scraped) { scrapes <- s }
	h := Run(t, script, options)
	close(scrapes)
	h.Events = <-events
	return h
}

// listen plays scrapes through the pager until there are no more.
func listen(t *testing.T, p *pager.Pager, scrapes <-chan Scraped) []oracle.Event {
	var all []oracle.Event
	for s := range scrapes {
		changes, err := p.Scrape(s.At, s.Families)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, e := range changes {
			all = append(all, oracle.Event{At: s.Since, Alert: e.Name, Hop: e.Hop, Receiver: e.Receiver, Over: e.Over})
		}
	}
	return all
}
