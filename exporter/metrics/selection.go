package metrics

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Selection says which series are wanted; the zero Selection wants all of them.
type Selection struct {
	// Flows are the names of flows, whose series alone are wanted.
	Flows []string
	// Shard is the part that is wanted. Each series is in one part: a flow's with the
	// others of the flow, and what is of no flow in the first.
	Shard Shard
}

// Select returns what gathers the selected series. Its error names a flow that
// there is none of.
func (m *Metrics) Select(s Selection) (prometheus.Gatherer, error) {
	for _, name := range s.Flows {
		if !m.has(name) {
			return nil, fmt.Errorf("got %q, which is no flow of the configuration", name)
		}
	}
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return m.gather(s) }), nil
}

// Gather implements prometheus.Gatherer. All series of a flow are as of one moment.
func (m *Metrics) Gather() ([]*dto.MetricFamily, error) { return m.gather(Selection{}) }

func (m *Metrics) gather(s Selection) ([]*dto.MetricFamily, error) {
	flows := slices.DeleteFunc(m.sorted(), func(f *Flow) bool { return !s.wants(f.name) })
	p := newPage(time.Now())
	for i, f := range flows {
		f.expose(p)
		if i == 0 {
			p.reserve(len(flows)) // they are much alike
		}
		runtime.Gosched() // a check that is due need not wait for thousands of flows
	}
	if s.Shard.Number > 0 || len(s.Flows) > 0 {
		return p.filled(nil), nil
	}
	own, err := m.registry.Gather()
	return p.filled(own), err
}

func (s Selection) wants(flow string) bool {
	return (len(s.Flows) == 0 || slices.Contains(s.Flows, flow)) && s.Shard.Has(flow)
}
