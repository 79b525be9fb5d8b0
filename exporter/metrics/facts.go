package metrics

import (
	"cmp"
	"slices"

	dto "github.com/prometheus/client_model/go"
)

// facts are the gauges of one flow, by metric and by labels. They are a few dozen,
// for which a sorted list is smaller than a map.
type facts []fact

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
