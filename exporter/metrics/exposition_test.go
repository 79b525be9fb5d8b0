package metrics_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestExposition holds all that is exposed of a flow with every hop to a file,
// line by line: the bubble's clock makes the times of exemplars the same.
func TestExposition(t *testing.T) {
	var got string
	synctest.Test(t, func(t *testing.T) {
		m := metrics.New(prometheus.NewRegistry())
		f := m.Flow("qnap", allHops, everyLabel)
		everything(f)
		time.Sleep(time.Minute)
		for i, h := range allHops {
			f.Check(metrics.Check{
				Hop: h, End: at, Duration: time.Duration(i*i) * 7 * time.Millisecond, Reason: reason.Timeout, TraceID: "later",
				Requests: []metrics.Request{{Operation: "op", Duration: time.Duration(i) * time.Millisecond, Failed: true}},
				Facts:    facts[h],
			})
		}
		m.Reloaded(true, at)
		m.Lag(time.Second)
		got = openMetrics(m)
	})
	compareFile(t, "testdata/exposition.txt", got)
}

// openMetrics is what g exposes, without the version of Go and of this program.
func openMetrics(g prometheus.Gatherer) string {
	request := httptest.NewRequest("GET", "/metrics", nil)
	request.Header.Set("Accept", accepts["OpenMetrics 1.0.0"])
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(g, promhttp.HandlerOpts{EnableOpenMetrics: true}).ServeHTTP(answer, request)
	var kept strings.Builder
	for line := range strings.Lines(answer.Body.String()) {
		if !strings.HasPrefix(line, "vault_health_exporter_build_info") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
