package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
)

// seen is what the exporter has counted since its start.
type seen struct {
	// checks were begun by the schedule, late of them not later than each bound in
	// seconds.
	checks float64
	late   map[float64]float64
	// slots ended, by result.
	slots map[string]float64
}

// read scrapes the exporter.
func read(ctx context.Context, address string) (seen, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return seen{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return seen{}, err
	}
	defer response.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(response.Body)
	if err != nil {
		return seen{}, fmt.Errorf("reading %q: %w", request.URL, err)
	}
	s := seen{late: map[float64]float64{}, slots: map[string]float64{}}
	for _, m := range families[catalogue.SchedulerLag].GetMetric() {
		s.checks = float64(m.GetHistogram().GetSampleCount())
		for _, b := range m.GetHistogram().GetBucket() {
			s.late[b.GetUpperBound()] = float64(b.GetCumulativeCount())
		}
	}
	for _, m := range families[catalogue.Slots].GetMetric() {
		for _, l := range m.GetLabel() {
			if l.GetName() == "result" {
				s.slots[l.GetValue()] += m.GetCounter().GetValue()
			}
		}
	}
	return s, nil
}

// since says what was counted after before.
func (s seen) since(before seen) string {
	var b strings.Builder
	checks := s.checks - before.checks
	p99 := math.Inf(1)
	for bound, n := range s.late {
		if n-before.late[bound] >= 0.99*checks {
			p99 = min(p99, bound)
		}
	}
	fmt.Fprintf(&b, "checks           %.0f, 99 %% of them begun at most %g s late\n", checks, p99)
	b.WriteString("slots           ")
	for _, result := range slices.Sorted(maps.Keys(s.slots)) {
		fmt.Fprintf(&b, " %s %.0f", result, s.slots[result]-before.slots[result])
	}
	b.WriteString("\n")
	return b.String()
}
