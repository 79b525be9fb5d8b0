package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/common/version"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/grpclog"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// flushTimeout is how long the last spans may take when the program ends.
const flushTimeout = 5 * time.Second

// endpoints are OpenTelemetry's own variables for where spans go; the one that
// is for traces only comes first.
var endpoints = []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"}

// newTracer sends spans over OTLP to where OpenTelemetry's environment variables
// say, and nowhere where they say nothing. flush sends what is left.
func newTracer(ctx context.Context, log *slog.Logger) (tracer trace.Tracer, flush func(), err error) {
	const name = "homelab.io/vault-health-exporter"
	wanted, err := tracingWanted()
	if err != nil || !wanted {
		return nil, func() {}, err
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		// Its text may quote what the collector answered.
		log.Warn("sending spans failed; they are dropped", "reason", reason.Of(err))
	}))
	// What these two log by themselves would quote it too.
	otel.SetLogger(logr.Discard())
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, io.Discard))
	if err := checkTracingFiles(); err != nil {
		return nil, nil, err
	}
	client, err := collectorClient()
	if err != nil {
		return nil, nil, err
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithHTTPClient(client))
	if err != nil {
		return nil, nil, fmt.Errorf("preparing to send spans: %w", err)
	}
	about, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "vault-health-exporter"), attribute.String("service.version", version.Version)),
		resource.WithFromEnv())
	if err != nil {
		return nil, nil, fmt.Errorf("reading OTEL_RESOURCE_ATTRIBUTES: want key=value,key=value")
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about))
	flush = func() {
		ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
		defer cancel()
		_ = provider.Shutdown(ctx) // what fails has been told to the handler
	}
	return provider.Tracer(name), flush, nil
}

// tracingWanted says whether an endpoint is set; one that cannot be used is an
// error, because the SDK would take its default instead.
func tracingWanted() (bool, error) {
	if os.Getenv("OTEL_SDK_DISABLED") == "true" {
		return false, nil
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		if got := os.Getenv(name); got != "" && got != "http/protobuf" {
			return false, fmt.Errorf("reading %s: got %q, want http/protobuf; collectors take it at port 4318", name, got)
		}
	}
	for _, name := range endpoints {
		value := os.Getenv(name)
		if value == "" {
			continue
		}
		at, err := url.Parse(value)
		if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
			return false, fmt.Errorf("reading %s: want a URL such as http://collector:4318", name)
		}
		return true, nil
	}
	return false, nil
}
