package runner

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// One slot is one trace: the slot, in it the checks of its hops, and in each of
// them its requests. Attributes have the names and the values of the metrics'
// labels, so nothing is in a span that is not in a series or in the configuration.
const (
	attrFlow      = attribute.Key("flow")
	attrHop       = attribute.Key("hop")
	attrReason    = attribute.Key("reason")
	attrResult    = attribute.Key("result")
	attrOperation = attribute.Key("operation")
	attrTarget    = attribute.Key("target")
)

// untraced makes trace ids, for the log, and no span that is recorded.
func untraced() trace.Tracer {
	return sdk.NewTracerProvider(sdk.WithSampler(sdk.NeverSample())).Tracer("")
}

// startSlot starts the span of a slot that began at begin.
func (r *Runner) startSlot(ctx context.Context, begin time.Time) (context.Context, trace.Span) {
	ctx, span := r.shared.Tracer.Start(ctx, "slot", trace.WithTimestamp(begin))
	if span.IsRecording() {
		span.SetAttributes(attrFlow.String(r.flow.Name))
	}
	return ctx, span
}

// endSlot ends it with the verdict. What stops an application is an error; a
// flow that is degraded still serves.
func endSlot(span trace.Span, v flow.Verdict) {
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(attrResult.String(string(v.Result)))
	if v.Hop != "" {
		span.SetAttributes(attrHop.String(string(v.Hop)))
	}
	if v.Reason != "" {
		span.SetAttributes(attrReason.String(string(v.Reason)))
	}
	if v.Result == flow.Bad {
		span.SetStatus(codes.Error, string(v.Reason))
	}
	span.End()
}

// startCheck starts the span of one check.
func (r *Runner) startCheck(ctx context.Context, name string) (context.Context, trace.Span) {
	ctx, span := r.shared.Tracer.Start(ctx, "check "+name)
	if span.IsRecording() {
		span.SetAttributes(attrFlow.String(r.flow.Name), attrHop.String(name))
	}
	return ctx, span
}

// endCheck ends it, with a span for each request that the check made. They are
// made from the trace of the clients, which know nothing of spans.
func (r *Runner) endCheck(ctx context.Context, span trace.Span, o Outcome) {
	if !span.IsRecording() {
		return
	}
	for _, s := range o.Reading.Steps {
		_, request := r.shared.Tracer.Start(ctx, s.Operation, trace.WithTimestamp(s.Start), trace.WithSpanKind(trace.SpanKindClient),
			trace.WithAttributes(attrOperation.String(s.Operation), attrTarget.String(s.Target)))
		fail(request, s.Reason)
		request.End(trace.WithTimestamp(s.Start.Add(s.Duration)))
	}
	fail(span, o.Reason)
	span.End(trace.WithTimestamp(o.End))
}

func fail(span trace.Span, why reason.Reason) {
	if why != "" {
		span.SetAttributes(attrReason.String(string(why)))
		span.SetStatus(codes.Error, string(why))
	}
}

// withoutSpan keeps the span from the clients' libraries, some of which would
// add spans of their own, with texts out of replies.
func withoutSpan(ctx context.Context) context.Context { return trace.ContextWithSpan(ctx, nil) }
