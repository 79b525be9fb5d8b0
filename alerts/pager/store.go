package pager

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
)

// series is one series of a target, and whether the last scrape had it.
type series struct {
	labels labels.Labels
	ref    storage.SeriesRef
	wanted bool // by a rule
	seen   int  // the scrape that had it last, counted from 1

	// silent is a counter that never counted, of which no rule can tell its zeros
	// from nothing: there are hundreds. They are kept until it counts.
	silent bool
	zeros  []int64
}

// store appends the samples that a rule reads, with a target's labels, and marks
// what is gone.
func (p *Pager) store(at time.Time, families []*dto.MetricFamily) error {
	w := &writer{pager: p, appender: p.db.Appender(context.Background()), at: at.UnixMilli()}
	up := 0.0
	if families != nil {
		up = 1
	}
	w.put("up", nil, "", "", up)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			w.metric(f.GetName(), m)
		}
	}
	for _, s := range p.series {
		switch {
		case s.seen != p.scrape || !s.wanted || s.seen == 0:
		case s.silent:
			s.zeros = nil
		default:
			w.append(s, w.at, math.Float64frombits(value.StaleNaN))
		}
	}
	if w.err != nil {
		_ = w.appender.Rollback()
		return fmt.Errorf("storing the scrape at %s: %w", at, w.err)
	}
	return w.appender.Commit()
}

// writer writes one scrape.
type writer struct {
	pager    *Pager
	appender storage.Appender
	at       int64
	err      error
	key      strings.Builder
}

func (w *writer) metric(name string, m *dto.Metric) {
	switch {
	case m.Counter != nil:
		w.put(name, m.Label, "", "", m.Counter.GetValue())
	case m.Gauge != nil:
		w.put(name, m.Label, "", "", m.Gauge.GetValue())
	case m.Histogram != nil:
		for _, b := range m.Histogram.Bucket {
			w.put(name+"_bucket", m.Label, "le", strconv.FormatFloat(b.GetUpperBound(), 'g', -1, 64), float64(b.GetCumulativeCount()))
		}
		w.put(name+"_bucket", m.Label, "le", "+Inf", float64(m.Histogram.GetSampleCount()))
	}
}

// put writes one sample of the series with the labels and one label more.
func (w *writer) put(name string, pairs []*dto.LabelPair, more, is string, v float64) {
	w.key.Reset()
	w.key.WriteString(name)
	for _, l := range pairs {
		w.key.WriteByte(0)
		w.key.WriteString(l.GetValue())
	}
	w.key.WriteByte(0)
	w.key.WriteString(is)
	s := w.pager.series[w.key.String()]
	if s == nil {
		b := labels.NewBuilder(labels.FromStrings(model.MetricNameLabel, name, "job", "vault-health-exporter", "instance", "exporter:9845"))
		for _, l := range pairs {
			b.Set(l.GetName(), l.GetValue())
		}
		if more != "" {
			b.Set(more, is)
		}
		s = &series{labels: b.Labels()}
		s.wanted, s.silent = w.pager.wanted.match(s.labels)
		w.pager.series[w.key.String()] = s
	}
	s.seen = w.pager.scrape + 1
	switch {
	case !s.wanted:
	case s.silent && v == 0:
		s.zeros = append(s.zeros, w.at)
		if w.at-s.zeros[0] > w.pager.wanted.window {
			s.zeros = s.zeros[1:]
		}
	default:
		for _, at := range s.zeros {
			w.append(s, at, 0)
		}
		s.silent, s.zeros = false, nil
		w.append(s, w.at, v)
	}
}

func (w *writer) append(s *series, at int64, v float64) {
	if w.err == nil {
		s.ref, w.err = w.appender.Append(s.ref, s.labels, at, v)
	}
}
