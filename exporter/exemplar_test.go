package exporter

import (
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// TestExemplarsLeadToTraces: whoever follows an exemplar of a retrieval's
// duration finds the trace of the slot in which it was measured.
func TestExemplarsLeadToTraces(t *testing.T) {
	_, f := startHomelab(t)
	spans := tracetest.NewInMemoryExporter()
	e := New(nil, prometheus.NewRegistry(), sdk.NewTracerProvider(sdk.WithSyncer(spans)).Tracer(""), slog.New(slog.DiscardHandler))
	newRunner(f, e.shared).Once(t.Context())
	sent := map[string]bool{}
	for _, s := range spans.GetSpans() {
		sent[s.SpanContext.TraceID().String()] = true
	}
	families, err := e.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, id := range exemplars(families) {
		found++
		if !sent[id] {
			t.Errorf("trace_id %q: got no span of that trace", id)
		}
	}
	if found < 4 {
		t.Errorf("got %d exemplars, want one for each copy of the token", found)
	}
}

// exemplars returns the trace ids that histograms point to.
func exemplars(families []*dto.MetricFamily) []string {
	var ids []string
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			for _, bucket := range metric.GetHistogram().GetBucket() {
				for _, label := range bucket.GetExemplar().GetLabel() {
					if label.GetName() == "trace_id" {
						ids = append(ids, label.GetValue())
					}
				}
			}
		}
	}
	return ids
}
