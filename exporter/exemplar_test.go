package exporter

import (
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// TestExemplarsLeadToTraces: whoever follows an exemplar of a retrieval's
// duration finds the trace of the slot in which it was measured.
func TestExemplarsLeadToTraces(t *testing.T) {
	_, f := startHomelab(t)
	spans := tracetest.NewInMemoryExporter()
	e := New(nil, prometheus.NewRegistry(), sdk.NewTracerProvider(sdk.WithSyncer(spans)).Tracer(""), slog.New(slog.DiscardHandler))
	newRunner(plan{config: f}, e.shared, nil).Once(t.Context())
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

// TestNoExemplarWithoutATrace: one that leads nowhere sends people to search.
func TestNoExemplarWithoutATrace(t *testing.T) {
	_, f := startHomelab(t)
	unsampled := sdk.NewTracerProvider(sdk.WithSyncer(tracetest.NewInMemoryExporter()), sdk.WithSampler(sdk.NeverSample()))
	for name, tracer := range map[string]trace.Tracer{"nothing is sent": nil, "nothing is sampled": unsampled.Tracer("")} {
		e := New(nil, prometheus.NewRegistry(), tracer, slog.New(slog.DiscardHandler))
		newRunner(plan{config: f}, e.shared, nil).Once(t.Context())
		families, err := e.Gatherer().Gather()
		if err != nil {
			t.Fatal(err)
		}
		if got := exemplars(families); len(got) > 0 {
			t.Errorf("%s: got exemplars %q", name, got)
		}
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
