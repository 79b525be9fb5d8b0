package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/semaphore"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// maxProbes is how many may wait for a probe at the same time; who comes then is
// told to come again.
const maxProbes = 16

// probe runs one check on demand. Only configured names are accepted, so that
// whoever reaches the port cannot make the exporter talk to other hosts.
func probe(src Source) http.HandlerFunc {
	waiting := semaphore.NewWeighted(maxProbes)
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		flowName, h := query.Get("flow"), flow.Hop(query.Get("hop"))
		hops := src.Hops(flowName)
		if hops == nil {
			writeText(w, http.StatusBadRequest, "no such flow; the configured flows are: "+flowNames(src)+"\n")
			return
		}
		if !slices.Contains(hops, h) {
			writeText(w, http.StatusBadRequest, fmt.Sprintf("no such hop; the configured hops of flow %q are: %s\n", flowName, join(hops)))
			return
		}
		timeout, err := scrapeTimeout(r.Header.Get(timeoutHeader))
		if err != nil {
			writeText(w, http.StatusBadRequest, err.Error()+"\n")
			return
		}
		if !waiting.TryAcquire(1) {
			writeBusy(w, "too many probes wait already")
			return
		}
		defer waiting.Release(1)
		// The server's own limit is for answers that are there at once. One that
		// cannot be moved does not matter: it is the server's, and shorter.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(timeout + answerTimeout))
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		// A registry of its own: no series of an earlier probe can survive in it.
		reg := prometheus.NewRegistry()
		o := run(ctx, src, flowName, h, reg)
		if errors.Is(o.err, runner.ErrBusy) {
			writeBusy(w, o.err.Error())
			return
		}
		if query.Get("debug") == "true" {
			writeDebug(w, o, reg)
			return
		}
		promhttp.HandlerFor(reg, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	}
}

// writeBusy refuses a probe that would be in others' way.
func writeBusy(w http.ResponseWriter, why string) {
	w.Header().Set("Retry-After", "1")
	writeText(w, http.StatusServiceUnavailable, why+"\n")
}

// run checks the hop and adds the two series that every prober exports.
func run(ctx context.Context, src Source, flowName string, h flow.Hop, reg *prometheus.Registry) outcome {
	success := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "probe_success",
		Help: "1 if the check passed.",
	})
	duration := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "probe_duration_seconds",
		Help: "How long the check took.",
	})
	reg.MustRegister(success, duration)

	start := time.Now()
	reading, err := src.Probe(ctx, flowName, h, reg)
	took := time.Since(start)
	reading.Token.Destroy() // only the steps are of use from here on

	duration.Set(took.Seconds())
	if err == nil {
		success.Set(1)
	}
	return outcome{flow: flowName, hop: h, took: took, steps: reading.Steps, err: err}
}

// maxNames is how many flows an error names.
const maxNames = 20

func flowNames(src Source) string {
	all := src.Summaries()
	var names []string
	for _, s := range all[:min(len(all), maxNames)] {
		names = append(names, s.Flow)
	}
	text := strings.Join(names, ", ")
	if more := len(all) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func join(hops []flow.Hop) string {
	names := make([]string, len(hops))
	for i, h := range hops {
		names[i] = string(h)
	}
	return strings.Join(names, ", ")
}
