package metrics_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
)

// accepts are the headers of Prometheus' scrape protocols, each alone, and of
// its default, which prefers the first.
var accepts = map[string]string{
	"OpenMetrics 1.0.0": "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.9,*/*;q=0.2",
	"OpenMetrics 0.0.1": "application/openmetrics-text;version=0.0.1;q=0.9,*/*;q=0.2",
	"text 1.0.0":        "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.9,*/*;q=0.2",
	"text 0.0.4":        "text/plain;version=0.0.4;q=0.9,*/*;q=0.2",
	"protobuf":          "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.9,*/*;q=0.2",
	"legacy names":      "application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.9,*/*;q=0.2",
	"the default":       "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
}

// wholePage is a server of all that the exporter exposes, its own process too.
func wholePage(t *testing.T) *httptest.Server {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.Process()...)
	m := metrics.New(registry)
	everything(m.Flow("qnap", allHops, everyLabel))
	m.Reloaded(true, at)
	server := httptest.NewServer(promhttp.HandlerFor(m, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	t.Cleanup(server.Close)
	return server
}

func scrape(t *testing.T, url, accept string) (body []byte, contentType string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	if body, err = io.ReadAll(reply.Body); err != nil {
		t.Fatal(err)
	}
	return body, reply.Header.Get("Content-Type")
}

// TestEveryFormatIsReadByPrometheus scrapes as Prometheus does and parses with
// its own parser.
func TestEveryFormatIsReadByPrometheus(t *testing.T) {
	server := wholePage(t)
	for name, accept := range accepts {
		t.Run(name, func(t *testing.T) {
			body, contentType := scrape(t, server.URL, accept)
			p, err := textparse.New(body, contentType, labels.NewSymbolTable(), textparse.ParserOptions{})
			if err != nil || p == nil {
				t.Fatalf("got no parser for %q: %v", contentType, err)
			}
			seen := 0
			for {
				entry, err := p.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s, after %d series: %s", contentType, seen, err)
				}
				if entry == textparse.EntrySeries || entry == textparse.EntryHistogram {
					var set labels.Labels
					p.Labels(&set)
					seen++
				}
			}
			t.Logf("%s: %d series", contentType, seen)
			if seen < 500 {
				t.Errorf("%s: got %d series", contentType, seen)
			}
		})
	}
}

// TestEveryFormatIsReadByItsReference: the decoders of prometheus/common are the
// reference for the formats that are not OpenMetrics.
func TestEveryFormatIsReadByItsReference(t *testing.T) {
	server := wholePage(t)
	for _, name := range []string{"text 0.0.4", "text 1.0.0", "protobuf"} {
		body, contentType := scrape(t, server.URL, accepts[name])
		decoder := expfmt.NewDecoder(bytes.NewReader(body), expfmt.ResponseFormat(http.Header{"Content-Type": {contentType}}))
		families := 0
		for {
			var f dto.MetricFamily
			err := decoder.Decode(&f)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %s", name, err)
			}
			families++
			if !model.LegacyValidation.IsValidMetricName(f.GetName()) {
				t.Errorf("%s: got the name %q", name, f.GetName())
			}
		}
		if families < len(catalogue.Metrics()) {
			t.Errorf("%s: got %d families, want those of the catalogue at least", name, families)
		}
	}
}

// TestNoTwoFamiliesClash: go_memstats_alloc_bytes was a gauge's family and a
// counter's at once. OpenMetrics wants every name that a family can use to be
// that family's alone, and strict parsers refuse the whole page otherwise.
func TestNoTwoFamiliesClash(t *testing.T) {
	body, contentType := scrape(t, wholePage(t).URL, accepts["OpenMetrics 1.0.0"])
	if !strings.HasPrefix(contentType, "application/openmetrics-text") {
		t.Fatalf("got %q", contentType)
	}
	suffixes := map[string][]string{
		"counter": {"", "_total", "_created"}, "gauge": {""}, "unknown": {""}, "info": {"", "_info"},
		"summary": {"", "_count", "_sum", "_created"}, "histogram": {"", "_bucket", "_count", "_sum", "_created"},
	}
	owner := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(body))
	for lines.Scan() {
		var family, kind string
		if n, _ := fmt.Sscanf(lines.Text(), "# TYPE %s %s", &family, &kind); n != 2 {
			continue
		}
		for _, suffix := range suffixes[kind] {
			if other, taken := owner[family+suffix]; taken {
				t.Errorf("%s (%s): %s is also a name of %s", family, kind, family+suffix, other)
			}
			owner[family+suffix] = family
		}
	}
	if !bytes.HasSuffix(body, []byte("# EOF\n")) {
		t.Error("got no # EOF at the end")
	}
}
