package main

import (
	"fmt"
	"slices"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/simulation"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// concerns reports whether a fault may find a mutation, of those that come to its
// place: one that shows the reason; of a condition one that breaks something
// itself, and of what is before a server or on a link one of each sort.
func concerns(m mutation, name string) bool {
	f, known := chaos.Find(name)
	switch {
	case !known: // a script, which is about what is blamed
		return m.given == ""
	case m.given != "":
		return slices.ContainsFunc(f.Shows(), func(one chaos.Finding) bool { return string(one.Reason) == m.given })
	case f.Link != nil:
		return f.Link.Toxic.Kind == chaos.Cut
	case f.Front != nil:
		return f.Front.Does == chaos.Unauthorizes || f.Front.Does == chaos.Throttles
	}
	return !simulation.NeedsTLS(f) && alone[f.Name]
}

// alone are the first faults that look to the rule of blame as they do: the same
// hops fail, for reasons of the same groups.
var alone = func() map[string]bool {
	first, like := map[string]bool{}, map[string]bool{}
	for _, f := range chaos.Simulated() {
		looks := ""
		for _, one := range f.Shows() {
			looks += fmt.Sprintf("%s %s ", one.Hop, one.Reason.Group())
			if one.Reason.Group() == reason.Kubernetes || one.Reason.Group() == reason.Credential {
				looks += string(one.Reason) // of which each means something else
			}
		}
		first[f.Name], like[looks] = !like[looks], true
	}
	return first
}()

// likely is higher the likelier a fault finds a mutation.
func (r *runner) likely(m mutation, fault string) int {
	score := min(r.killed[fault], 50)
	f, known := chaos.Find(fault)
	switch {
	case !known: // a script, which takes longer
		score -= 100
	case simulation.NeedsTLS(f):
		score -= 10
	}
	if known && m.given != "" && string(f.Reason) == m.given {
		score += 1000
	}
	return score
}
