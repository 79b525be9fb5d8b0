package simulation

import (
	"slices"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/oracle"
)

// links are the faults that disturb each link, the newest last: a link has one
// toxic at a time, and the end of one fault is not the end of another.
type links map[chaos.Link][]chaos.Fault

// toxic is what disturbs a link once a fault has begun or ended there: that of the
// newest one, or none.
func (l links) toxic(do oracle.Verb, at chaos.Link, fault chaos.Fault) chaos.Toxic {
	l[at] = slices.DeleteFunc(l[at], func(f chaos.Fault) bool { return f.Name == fault.Name })
	if do == oracle.Break {
		l[at] = append(l[at], fault)
	}
	if len(l[at]) == 0 {
		return chaos.Toxic{}
	}
	return l[at][len(l[at])-1].Link.Toxic
}
