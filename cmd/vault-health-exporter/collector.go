package main

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// collectorTimeout is OpenTelemetry's default.
const collectorTimeout = 10 * time.Second

// collectorClient is what spans are sent with. The SDK's own follows redirects
// and takes the headers, an API key among them, along; giving it another makes
// it ignore the variables that are read here.
func collectorClient() (*http.Client, error) {
	var files *config.TLS
	ca, cert, key := otlpVariable("CERTIFICATE"), otlpVariable("CLIENT_CERTIFICATE"), otlpVariable("CLIENT_KEY")
	if ca != "" || cert != "" {
		files = &config.TLS{CAFile: ca, CertFile: cert, KeyFile: key}
	}
	timeout := collectorTimeout
	if text := otlpVariable("TIMEOUT"); text != "" {
		ms, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return nil, fmt.Errorf("reading OTEL_EXPORTER_OTLP_TIMEOUT: want milliseconds")
		}
		timeout = time.Duration(ms) * time.Millisecond
	}
	client, err := upstream.CollectorClient(files, timeout)
	if err != nil {
		return nil, fmt.Errorf("preparing to send spans: %w", err)
	}
	return client, nil
}

// otlpVariable returns a variable of OpenTelemetry's; the one that is for traces
// only comes first.
func otlpVariable(name string) string {
	if value := os.Getenv("OTEL_EXPORTER_OTLP_TRACES_" + name); value != "" {
		return value
	}
	return os.Getenv("OTEL_EXPORTER_OTLP_" + name)
}
