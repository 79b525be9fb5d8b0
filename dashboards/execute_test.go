package dashboards

import (
	"testing"
	"time"

	"github.com/prometheus/common/model"
)

// TestEveryQueryOnRecordedData executes every query on what the real exporter
// says of a healthy flow, of two outages, and of the recovery from them.
func TestEveryQueryOnRecordedData(t *testing.T) {
	r := newRecorder(t)
	r.slots(14)
	r.do(r.home.Break, "rotate")
	healthy := r.slots(10)
	r.do(r.home.Break, "nas-down")
	degraded := r.slots(6)
	r.do(r.home.Heal, "nas-down")
	r.slots(6)
	r.do(r.home.Break, "revoke")
	broken := r.slots(6)
	r.do(r.home.Heal, "revoke")
	recovered := r.slots(14)
	e := newEngine(t, r.storage)
	e.record(t, recordingBegins, recovered)

	at := func(now time.Time) moment {
		return moment{now: now, from: now.Add(-5 * time.Minute), scrape: slotInterval}
	}
	for name, m := range map[string]moment{"healthy": at(healthy), "recovered": at(recovered)} {
		if err := checkAll(t.Context(), e, m); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}

	for _, test := range []struct {
		when  string
		m     moment
		panel string
		want  map[string]float64 // the last value, by hop or else by flow
	}{
		{"healthy", at(healthy), "Can applications get a working token?", map[string]float64{"qnap": 0}},
		{"degraded", at(degraded), "Can applications get a working token?", map[string]float64{"qnap": 1}},
		{"broken", at(broken), "Can applications get a working token?", map[string]float64{"qnap": 2}},
		{"recovered", at(recovered), "Can applications get a working token?", map[string]float64{"qnap": 0}},
		{"healthy", at(healthy), "What is to blame?", map[string]float64{"none": 1}},
		{"degraded", at(degraded), "What is to blame?", map[string]float64{"nas_vault": 1}},
		{"broken", at(broken), "What is to blame?", map[string]float64{"token": 1}},
		{"healthy", at(healthy), "Failed checks by hop and reason", map[string]float64{"": 0}},
		{"degraded", at(degraded), "Failed checks by hop and reason", map[string]float64{"docker_exec": 1, "nas_vault": 1, "nas_kv": 1, "token": 1, "pki": 1, "transit": 1}},
		{"broken", at(broken), "Failed checks by hop and reason", map[string]float64{"broker": 1, "token": 1}},
	} {
		if got := lastValues(t, e, test.panel, test.m); !same(got, test.want) {
			t.Errorf("%s: %s: got %v, want %v", test.when, test.panel, got, test.want)
		}
	}
}

// lastValues returns the newest values of the first query of a panel of the
// overview, by hop or else by flow.
func lastValues(t *testing.T, from source, panel string, m moment) map[string]float64 {
	t.Helper()
	value, err := evaluate(t.Context(), from, queryOf(t, panel), m)
	if err != nil {
		t.Fatal(err)
	}
	last := map[string]float64{}
	put := func(metric model.Metric, v model.SampleValue) {
		if hop, ok := metric["hop"]; ok {
			last[string(hop)] = float64(v)
		} else {
			last[string(metric["flow"])] = float64(v)
		}
	}
	switch value := value.(type) {
	case model.Vector:
		for _, s := range value {
			put(s.Metric, s.Value)
		}
	case model.Matrix:
		for _, s := range value {
			if newest := s.Values[len(s.Values)-1]; newest.Timestamp.Time().Equal(m.now) {
				put(s.Metric, newest.Value)
			}
		}
	}
	return last
}

func queryOf(t *testing.T, panel string) Query {
	t.Helper()
	for _, d := range load(t) {
		for _, q := range queries(t, d) {
			if q.Panel == panel {
				return q
			}
		}
	}
	t.Fatalf("got no panel %q", panel)
	return Query{}
}

func same(a, b map[string]float64) bool {
	if len(a) != len(b) {
		return false
	}
	for key, v := range b {
		if got, ok := a[key]; !ok || got < v-0.02 || got > v+0.02 {
			return false
		}
	}
	return true
}
