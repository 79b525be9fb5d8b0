package metrics

import (
	"cmp"
	"slices"
	"time"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"

	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
)

// page is the series of flows at one moment. There may be millions of them:
// what they are made of comes in slabs, and what many have in common is there
// once, because nobody changes a page.
type page struct {
	now      time.Time
	families map[string]*dto.MetricFamily
	labels   map[label]*dto.LabelPair
	reasons  []*dto.LabelPair // in the order of reasons
	metrics  slab[dto.Metric]
	pairs    slab[*dto.LabelPair]
	counters slab[dto.Counter]
	gauges   slab[dto.Gauge]
	floats   slab[float64]
	histograms
}

type label struct{ name, value string }

var kinds = map[catalogue.Type]dto.MetricType{
	catalogue.Counter: dto.MetricType_COUNTER, catalogue.Gauge: dto.MetricType_GAUGE, catalogue.Histogram: dto.MetricType_HISTOGRAM,
}

func newPage(now time.Time) *page {
	p := &page{now: now, families: map[string]*dto.MetricFamily{}, labels: map[label]*dto.LabelPair{}}
	for _, row := range catalogue.Metrics() {
		if row.OfFlow() {
			p.families[row.Name] = &dto.MetricFamily{Name: &row.Name, Help: &row.Help, Type: kinds[row.Type].Enum()}
		}
	}
	for _, r := range reasons {
		p.reasons = append(p.reasons, p.label("reason", string(r)))
	}
	return p
}

// reserve makes room for n times as much as there is.
func (p *page) reserve(n int) {
	for _, f := range p.families {
		f.Metric = slices.Grow(f.Metric, n*len(f.Metric))
	}
}

// filled returns the families that have a series, and others, by name.
func (p *page) filled(others []*dto.MetricFamily) []*dto.MetricFamily {
	for _, f := range p.families {
		if len(f.Metric) > 0 {
			others = append(others, f)
		}
	}
	slices.SortFunc(others, func(a, b *dto.MetricFamily) int { return cmp.Compare(a.GetName(), b.GetName()) })
	return others
}

// label returns the pair of a name and a value.
func (p *page) label(name, value string) *dto.LabelPair {
	key := label{name, value}
	pair := p.labels[key]
	if pair == nil {
		made := key // which goes to the heap, and key does not
		pair = &dto.LabelPair{Name: &made.name, Value: &made.value}
		p.labels[key] = pair
	}
	return pair
}

// add appends a series to a family.
func (p *page) add(name string, m *dto.Metric) {
	f := p.families[name]
	f.Metric = append(f.Metric, m)
}

// sheet is what one flow adds to a page.
type sheet struct {
	*page
	flow    *dto.LabelPair
	began   time.Time
	created *timestamppb.Timestamp      // the same
	zero    *dto.Counter                // every counter that is at 0
	idle    map[*float64]*dto.Histogram // every histogram without an observation, by the first of its bounds
}

func (p *page) sheet(flow string, began time.Time) *sheet {
	at := timestamppb.New(began)
	return &sheet{
		page: p, flow: &dto.LabelPair{Name: &flowLabel, Value: &flow}, began: began, created: at,
		zero: &dto.Counter{Value: new(float64), CreatedTimestamp: at}, idle: map[*float64]*dto.Histogram{},
	}
}

var flowLabel = "flow"

// counter makes a counter; labels are those behind the flow's.
func (s *sheet) counter(value uint64, labels ...*dto.LabelPair) *dto.Metric {
	m := s.series(labels)
	if m.Counter = s.zero; value > 0 {
		m.Counter = s.counters.next()
		m.Counter.Value, m.Counter.CreatedTimestamp = s.float(float64(value)), s.created
	}
	return m
}

func (s *sheet) gauge(value float64, labels ...*dto.LabelPair) *dto.Metric {
	m := s.series(labels)
	m.Gauge = s.gauges.next()
	m.Gauge.Value = s.float(value)
	return m
}

// series makes a series without a value. Its labels are sorted by name, as those
// that it is given are.
func (s *sheet) series(labels []*dto.LabelPair) *dto.Metric {
	m := s.metrics.next()
	all, at := s.pairs.take(1+len(labels)), 0
	if len(labels) > 0 && labels[0].GetName() < flowLabel {
		all[0], at = labels[0], 1
	}
	all[at] = s.flow
	for i := at; i < len(labels); i++ {
		all[i+1] = labels[i]
	}
	m.Label = all
	return m
}

func (p *page) float(v float64) *float64 {
	at := p.floats.next()
	*at = v
	return at
}
