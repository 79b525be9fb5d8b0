package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

const collectorPort = "4318/tcp"

// Span is one span that the exporter sent.
type Span struct {
	Trace, ID, Parent, Name string
	// Error is the status' message of a span that failed.
	Error      string
	Attributes map[string]string
}

// startCollector starts what keeps the exporter's spans, where a user has a
// trace store.
func (l *Lab) startCollector(ctx context.Context) error {
	ports, address, err := publish(collectorPort)
	if err != nil {
		return err
	}
	_, err = l.run(ctx, part{alias: aliasCollector, image: l.images[imageOwn], command: []string{"/bin/program", "collector"}, ports: ports})
	l.collector = "http://" + address
	return err
}

// Spans returns the newest spans, oldest first.
func (l *Lab) Spans(ctx context.Context) ([]Span, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.collector, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking the collector: %w", err)
	}
	defer response.Body.Close()
	var all []Span
	err = json.NewDecoder(response.Body).Decode(&all)
	if err != nil {
		return nil, fmt.Errorf("asking the collector: %w", err)
	}
	return all, nil
}
