package chaos

import (
	"slices"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// Finding is a hop that fails, and why.
type Finding struct {
	Hop    flow.Hop
	Reason reason.Reason
}

// Shows is every check that fails while the fault is there, at once or later,
// the blamed one first.
func (f Fault) Shows() []Finding {
	var all []Finding
	if f.Hop != "" {
		all = append(all, Finding{f.Hop, f.Reason})
	}
	atOnce, later := f.Shown()
	for _, e := range flow.Entries() {
		for _, failed := range []map[flow.Hop]reason.Reason{atOnce, later} {
			if one := (Finding{e.Hop, failed[e.Hop]}); one.Reason != "" && !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return all
}

// Cell is a hop and a reason that can meet, and what shows that they do.
type Cell struct {
	Finding
	// Blamed are the faults of which it is what is blamed, Shown those that show
	// it beside that, both by name and in the order of the catalogue.
	Blamed, Shown []string
	// Embedded, Simulated and Lab say where one of the faults is played.
	Embedded, Simulated, Lab bool
	// Told are the alerts of which a person is told at the faults that it is
	// blamed for.
	Told []string
	// Excuse says why no fault shows it; nil where one does.
	Excuse *Excuse
}

// Matrix crosses the hops of the map with the reasons that they can fail for,
// which are those that have a remedy there, and with the faults.
func Matrix() []Cell {
	shown := map[Finding][]Fault{} // in the order of the catalogue
	for _, f := range Faults() {
		for _, one := range f.Shows() {
			shown[one] = append(shown[one], f)
		}
	}
	var cells []Cell
	for _, e := range flow.Entries() {
		for _, r := range reason.Catalogue() {
			if flow.Remedy(e.Hop, r.Reason, flow.All()) != "" {
				at := Finding{e.Hop, r.Reason}
				cells = append(cells, cell(at, shown[at]))
			}
		}
	}
	return cells
}

func cell(at Finding, faults []Fault) Cell {
	c := Cell{Finding: at}
	for _, f := range faults {
		c.Embedded = c.Embedded || f.Embedded != nil && f.Link == nil
		c.Simulated = c.Simulated || f.Link != nil
		c.Lab = c.Lab || f.Lab != nil
		if f.Hop != at.Hop || f.Reason != at.Reason {
			c.Shown = append(c.Shown, f.Name)
			continue
		}
		c.Blamed = append(c.Blamed, f.Name)
		for _, tier := range []*Tier{f.Embedded, f.Lab} {
			if tier != nil && len(tier.Alerts) > 0 && !slices.Contains(c.Told, tier.Alerts[0]) {
				c.Told = append(c.Told, tier.Alerts[0])
			}
		}
	}
	if len(faults) == 0 {
		c.Excuse = excuseOf(at)
	}
	return c
}
