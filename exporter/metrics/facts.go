package metrics

import (
	"cmp"
	"slices"

	dto "github.com/prometheus/client_model/go"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
)

// facts are the gauges of one flow, by metric and by labels. They are a few dozen,
// for which a sorted list is smaller than a map.
type facts []fact

// anew are the gauges that every check of a hop finds anew.
var anew = func() map[flow.Hop][]string {
	byHop := map[flow.Hop][]string{}
	for _, row := range catalogue.Metrics() {
		if row.From != "" {
			byHop[row.From] = append(byHop[row.From], row.Name)
		}
	}
	return byHop
}()

// fact is one gauge. No gauge has more than two labels beside the flow's.
type fact struct {
	metric string
	labels [2]string
	value  float64
}

func (a fact) compare(b fact) int {
	return cmp.Or(cmp.Compare(a.metric, b.metric), cmp.Compare(a.labels[0], b.labels[0]), cmp.Compare(a.labels[1], b.labels[1]))
}

func (all *facts) set(metric string, value float64, labels ...string) {
	f := fact{metric: metric, value: value}
	copy(f.labels[:], labels)
	i, known := slices.BinarySearchFunc(*all, f, fact.compare)
	if !known {
		*all = slices.Insert(*all, i, f)
	}
	(*all)[i] = f
}

// forget deletes every gauge of a metric whose labels begin with these.
func (all *facts) forget(metric string, labels ...string) {
	*all = slices.DeleteFunc(*all, func(f fact) bool { return f.metric == metric && slices.Equal(f.labels[:len(labels)], labels) })
}

// learn takes in what a check of h found.
func (all *facts) learn(h flow.Hop, found []catalogue.Fact) {
	for _, metric := range anew[h] {
		all.forget(metric)
	}
	own := [1]string{string(h)}
	for _, f := range found {
		row, labels := rows[f.Metric], f.Labels
		switch {
		case len(labels) == 0 && len(row.Labels) > 1:
			labels = own[:]
		case row.Sole:
			all.forget(f.Metric, labels[:len(labels)-1]...)
		}
		if f.Absent {
			all.forget(f.Metric, labels...)
			continue
		}
		all.set(f.Metric, f.Value, labels...)
	}
}

func (all facts) expose(s *sheet) {
	for _, f := range all {
		names := rows[f.metric].Labels[1:]
		var labels [2]*dto.LabelPair
		for i, name := range names {
			labels[i] = s.label(name, f.labels[i])
		}
		s.add(f.metric, s.gauge(f.value, labels[:len(names)]...))
	}
}
