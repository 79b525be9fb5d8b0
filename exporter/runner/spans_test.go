package runner_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// asks returns a check of one request that takes a second and ends with why.
func asks(operation string, why reason.Reason) hop.Check {
	return func(ctx context.Context) (r hop.Reading, err error) {
		if trace.SpanFromContext(ctx).SpanContext().IsValid() {
			panic("the check was given a span")
		}
		start := time.Now()
		time.Sleep(time.Second)
		r.Steps = []upstream.Step{{Operation: operation, Target: "https://nas:8200", Start: start, Duration: time.Second, Reason: why}}
		if why != "" {
			err = reason.Errorf(why, "asking %q", "https://nas:8200")
		}
		return r, err
	}
}

// describe writes the spans below parent as an indented list.
func describe(spans tracetest.SpanStubs, parent trace.SpanID, indent string) string {
	var out strings.Builder
	for _, s := range spans {
		if s.Parent.SpanID() != parent {
			continue
		}
		var attributes []string
		for _, a := range s.Attributes {
			attributes = append(attributes, fmt.Sprintf("%s=%s", a.Key, a.Value.String()))
		}
		slices.Sort(attributes)
		fmt.Fprintf(&out, "%s%s [%s] %s %s %s\n%s", indent, s.Name, strings.Join(attributes, " "),
			strings.TrimSpace(s.Status.Code.String()+" "+s.Status.Description), s.SpanKind, s.EndTime.Sub(s.StartTime),
			describe(spans, s.SpanContext.SpanID(), indent+"  "))
	}
	return out.String()
}

// TestOneSlotIsOneTrace: the slot, its checks and their requests, each with its
// result, its reason and its time.
func TestOneSlotIsOneTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := tracetest.NewInMemoryExporter()
		m := metrics.New(prometheus.NewRegistry())
		r := runner.New(runner.Flow{Name: "qnap", Interval: interval, Timeout: timeout, Hops: []hop.Hop{
			{Name: flow.NASVault, Check: asks(upstream.OpVaultHealth.Name, reason.Sealed)},
			{Name: flow.K8sSecret, Check: asks(upstream.OpK8sGet.Name, "")},
		}}, runner.Shared{
			Log: slog.New(slog.DiscardHandler), Fingerprints: token.NewFingerprinter(), Metrics: m, Gates: runner.NewGates(),
			Tracer: sdk.NewTracerProvider(sdk.WithSyncer(sent)).Tracer(""),
		})
		r.Once(t.Context())
		const want = `slot [flow=qnap hop=nas_vault reason=sealed result=degraded] Unset internal 2s
  check nas_vault [flow=qnap hop=nas_vault reason=sealed] Error sealed internal 1s
    vault_health [operation=vault_health reason=sealed target=https://nas:8200] Error sealed client 1s
  check k8s_secret [flow=qnap hop=k8s_secret] Unset internal 1s
    k8s_get [operation=k8s_get target=https://nas:8200] Unset client 1s
`
		spans := sent.GetSpans()
		if diff := cmp.Diff(want, describe(spans, trace.SpanID{}, "")); diff != "" {
			t.Errorf("spans (-want +got):\n%s", diff)
		}
		for _, s := range spans {
			if s.SpanContext.TraceID() != spans[0].SpanContext.TraceID() {
				t.Errorf("%s: got another trace than the first span's", s.Name)
			}
		}
		if got, want := r.Snapshot().Failures[0].TraceID, spans[0].SpanContext.TraceID().String(); got != want {
			t.Errorf("trace id of the failure: got %s, want %s", got, want)
		}
	})
}
