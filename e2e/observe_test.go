//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"homelab.io/vault-health-exporter/e2e/lab"
)

// The lab's times: the exporter's slots, the bound of one check, and
// Prometheus' scrapes.
const (
	interval = lab.Interval
	timeout  = lab.Timeout
	scrape   = time.Second
)

// query asks the lab's Prometheus and returns each sample's value by its
// labels, without the name and the labels that all share. What is of a lane is
// left out.
func query(t *testing.T, expression string) map[string]float64 {
	t.Helper()
	vector, err := home.Query(t.Context(), expression)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	values := map[string]float64{}
	for _, sample := range vector {
		if of, some := sample.Metric["flow"]; some && string(of) != home.Flow() {
			continue // a lane's
		}
		var labels []string
		for name, value := range sample.Metric {
			if !slices.Contains([]string{model.MetricNameLabel, "flow", "job", "instance"}, string(name)) {
				labels = append(labels, fmt.Sprintf("%s=%s", name, value))
			}
		}
		slices.Sort(labels)
		values[strings.Join(labels, " ")] = float64(sample.Value)
	}
	return values
}

// slack is how much slower than one with nothing else to do a machine may be: no
// test fails because of it, a line in its log says so.
const slack = 5

// within polls until ok. bound is what a machine with nothing else to do needs;
// what is not there after slack times that will not come. It returns how long it
// took.
func within(t *testing.T, bound time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Since(began) > slack*bound {
			t.Fatalf("%s: not within %s; blame %v, hops %v", what, slack*bound, query(t, "nas_flow_blame"), query(t, "nas_hop_up"))
		}
		<-tick.C
	}
	took := time.Since(began)
	t.Logf("%s: after %.1fs", what, took.Seconds())
	if took > bound {
		t.Logf("%s: slower than %s: a busy machine?", what, bound)
	}
	return took
}

// blames waits until the exporter blames exactly this hop and reason, as
// Prometheus sees it, and nothing else.
func blames(t *testing.T, hop, reason string) {
	t.Helper()
	want := fmt.Sprintf("hop=%s reason=%s", hop, reason)
	within(t, 20*time.Second, "blamed is exactly "+want, func() bool {
		got := query(t, "nas_flow_blame")
		return len(got) == 1 && got[want] == 1
	})
}

// recovers waits until nobody is blamed, every hop is up and every copy in sync.
func recovers(t *testing.T) {
	t.Helper()
	within(t, 40*time.Second, "the flow is good again", func() bool {
		return len(query(t, "nas_flow_blame")) == 0 &&
			len(query(t, "nas_hop_up == 0")) == 0 && len(query(t, "nas_hop_up")) == 11 &&
			len(query(t, "nas_token_in_sync == 1")) == 3
	})
}

// slots returns how many slots ended with each result so far.
func slots(t *testing.T) map[string]float64 {
	t.Helper()
	return query(t, "nas_flow_slots_total")
}

// scrapeNow reads the exporter's own /metrics and returns the value of one
// series; NaN where it is not there.
func scrapeNow(t *testing.T, series string) float64 {
	t.Helper()
	reply, err := http.Get(home.ExporterURL() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, series+" "); ok {
			var value float64
			_, err := fmt.Sscan(rest, &value)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			return value
		}
	}
	return math.NaN()
}

// consumer returns what the sample consumer gets with the token that it holds.
func consumer(t *testing.T, direct bool) string {
	t.Helper()
	got, err := home.ConsumerCheck(t.Context(), direct)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// must fails the test where an action on the lab failed.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
