package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
)

// received is an OTLP collector that keeps what it gets.
type received struct {
	mu       sync.Mutex
	services []string
	spans    []*otlp.Span
	problems []string
}

// ServeHTTP implements http.Handler.
func (r *received) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	var batch collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &batch)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil || request.URL.Path != "/v1/traces" {
		r.problems = append(r.problems, request.URL.Path+" is no batch of spans")
	}
	for _, resource := range batch.ResourceSpans {
		for _, attribute := range resource.Resource.Attributes {
			if attribute.Key == "service.name" {
				r.services = append(r.services, attribute.Value.GetStringValue())
			}
		}
		for _, scope := range resource.ScopeSpans {
			r.spans = append(r.spans, scope.Spans...)
		}
	}
}

// lookOnce runs --once against an embedded flow and returns what it printed.
func lookOnce(t *testing.T, fault string) (exit int, stdout, stderr string) {
	t.Helper()
	home := homelabtest.Start(t, homelab.Options{})
	if fault != "" {
		if err := home.Break(fault); err != nil {
			t.Fatal(err)
		}
	}
	var out, complaints bytes.Buffer
	exit = run(t.Context(), []string{"--once", "--config.file=" + home.File}, &out, &complaints)
	return exit, out.String(), complaints.String()
}

// TestSpansReachACollector sends the spans of one slot to a collector, by
// nothing but OpenTelemetry's own environment variables.
func TestSpansReachACollector(t *testing.T) {
	for _, variable := range endpoints {
		t.Run(variable, func(t *testing.T) {
			var got received
			server := httptest.NewServer(&got)
			defer server.Close()
			endpoint := server.URL
			if variable == "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" {
				endpoint += "/v1/traces" // this one is taken as it is
			}
			t.Setenv(variable, endpoint)
			if exit, _, stderr := lookOnce(t, "seal"); exit != exitFailed {
				t.Errorf("got exit code %d and %q, want 1", exit, stderr)
			}
			got.mu.Lock()
			defer got.mu.Unlock()
			if len(got.problems) > 0 || !slices.Contains(got.services, "vault-health-exporter") {
				t.Errorf("got %q of the services %q", got.problems, got.services)
			}
			names := map[string]*otlp.Span{}
			for _, s := range got.spans {
				names[s.Name] = s
				if !bytes.Equal(s.TraceId, got.spans[0].TraceId) {
					t.Errorf("%s: got another trace", s.Name)
				}
			}
			for _, want := range []string{"slot", "check docker_exec", "docker_exec", "check nas_vault", "vault_health", "check token", "k8s_get"} {
				if names[want] == nil {
					t.Errorf("got no span %q", want)
				}
			}
			if s := names["check nas_vault"]; s.GetStatus().GetCode() != otlp.Status_STATUS_CODE_ERROR || s.GetStatus().GetMessage() != "sealed" {
				t.Errorf("status of check nas_vault: got %v, want an error, sealed", s.GetStatus())
			}
		})
	}
}

// TestACollectorThatIsGoneCostsNothing but a word in the log.
func TestACollectorThatIsGoneCostsNothing(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	exit, stdout, stderr := lookOnce(t, "")
	if exit != exitOK || !strings.Contains(stdout, "flow qnap: good") || !strings.Contains(stderr, "sending spans failed") {
		t.Errorf("got exit code %d, %q and %q", exit, stdout, stderr)
	}
}

func TestBadTracingIsRefused(t *testing.T) {
	for variable, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT":        "collector:4318",
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "grpc://collector:4317",
		"OTEL_EXPORTER_OTLP_PROTOCOL":        "grpc",
	} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, value)
			if exit, _, stderr := lookOnce(t, ""); exit != exitUnusable || !strings.Contains(stderr, "reading "+variable+": ") {
				t.Errorf("got exit code %d and %q, want 2 and the variable", exit, stderr)
			}
		})
	}
}
