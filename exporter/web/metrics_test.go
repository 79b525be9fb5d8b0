package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics"
)

// unselected are series of which nobody selects some.
type unselected struct{ prometheus.Gatherer }

func (u unselected) Select(metrics.Selection) (prometheus.Gatherer, error) { return u.Gatherer, nil }

// twoFlows serves the series of two flows.
func twoFlows(t *testing.T) *httptest.Server {
	t.Helper()
	m := metrics.New(prometheus.NewRegistry())
	for _, name := range []string{"qnap", "synology"} {
		m.Flow(name, []flow.Hop{flow.NASVault}, metrics.Labels{})
	}
	server := httptest.NewServer(Metrics(m))
	t.Cleanup(server.Close)
	return server
}

func TestMetricsOfSomeFlows(t *testing.T) {
	server := twoFlows(t)
	for query, want := range map[string]struct{ qnap, synology, process bool }{
		"":                         {true, true, true},
		"?flow=qnap":               {qnap: true},
		"?flow=qnap&flow=synology": {qnap: true, synology: true},
		"?shard=0/1":               {true, true, true},
		"?shard=0/5":               {process: true},
		"?shard=1/5":               {qnap: true},
		"?shard=2/5":               {synology: true},
	} {
		got := ask(t, "GET", server.URL+query)
		has := func(text string) bool { return strings.Contains(got.body, text) }
		if got.status != http.StatusOK || has(`"qnap"`) != want.qnap || has(`"synology"`) != want.synology || has("vault_health_exporter_panics_total") != want.process {
			t.Errorf("%q: got status %d, qnap %t, synology %t and what is of no flow %t, want %+v",
				query, got.status, has(`"qnap"`), has(`"synology"`), has("vault_health_exporter_panics_total"), want)
		}
	}
}

func TestBadParametersOfMetrics(t *testing.T) {
	server := twoFlows(t)
	for query, want := range map[string]string{
		"?flow=qnapp":          `reading the parameter flow: got "qnapp", which is no flow of the configuration; want a name that the page shows`,
		"?flow=":               `reading the parameter flow: got "", which is no flow of the configuration; want a name that the page shows`,
		"?shard=2/2":           `reading the parameter shard: got "2/2", want I/N with I from 0 to N-1, as 0/4`,
		"?shard=-1/2":          `reading the parameter shard: got "-1/2", want I/N with I from 0 to N-1, as 0/4`,
		"?shard=1":             `reading the parameter shard: got "1", want I/N with I from 0 to N-1, as 0/4`,
		"?shard=":              `reading the parameter shard: got "", want I/N with I from 0 to N-1, as 0/4`,
		"?shard=0/2&shard=1/2": `reading the parameter shard: got it beside another or beside flow, want one of them alone`,
		"?shard=0/2&flow=qnap": `reading the parameter shard: got it beside another or beside flow, want one of them alone`,
		"?flow=%zz":            `reading the query: invalid URL escape "%zz"`,
	} {
		got := ask(t, "GET", server.URL+query)
		if diff := cmp.Diff(want+"\n", got.body); got.status != http.StatusBadRequest || diff != "" {
			t.Errorf("%s: got status %d, want 400 and (-want +got):\n%s", query, got.status, diff)
		}
	}
}

func TestMetricsAreCompressedForWhoAsks(t *testing.T) {
	server := twoFlows(t)
	plain := ask(t, "GET", server.URL, "Accept-Encoding", "identity")
	for encoding, open := range map[string]func(io.Reader) (io.Reader, error){
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	} {
		got := ask(t, "GET", server.URL, "Accept-Encoding", encoding)
		reader, err := open(strings.NewReader(got.body))
		if err != nil {
			t.Fatalf("%s: %v", encoding, err)
		}
		var text bytes.Buffer
		if _, err := io.Copy(&text, reader); err != nil {
			t.Fatalf("%s: %v", encoding, err)
		}
		if diff := cmp.Diff(plain.body, text.String()); got.header.Get("Content-Encoding") != encoding || diff != "" || 4*len(got.body) > len(plain.body) {
			t.Errorf("%s: got encoding %q and %d bytes of %d (-plain +got):\n%s", encoding, got.header.Get("Content-Encoding"), len(got.body), len(plain.body), diff)
		}
	}
}

// TestNoAnswerIsKept: one of thousands of flows is hundreds of megabytes.
func TestNoAnswerIsKept(t *testing.T) {
	x := Metrics(unselected{prometheus.NewRegistry()}).(*exposition)
	x.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/metrics", nil))
	if x.newest != nil {
		t.Error("got an answer kept that nobody waits for")
	}
}
