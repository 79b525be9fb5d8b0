package gate

import (
	"strings"

	"homelab.io/vault-health-exporter/e2e/evidence"
)

// value is one measured figure.
func value(suite, name, unit string, is comparison) *figure {
	return &figure{unit: unit, is: is, from: []string{suite}, of: func(records map[string]evidence.Record) (float64, bool) {
		v, known := records[suite].Value(name)
		return v.Value, known && v.Unit == unit
	}}
}

// lowest is the least of all figures of a suite whose names begin so.
func lowest(suite, prefix, unit string, is comparison) *figure {
	least := func(records map[string]evidence.Record) (least evidence.Value, known bool) {
		for _, v := range records[suite].Values {
			if strings.HasPrefix(v.Name, prefix) && v.Unit == unit && (!known || v.Value < least.Value) {
				least, known = v, true
			}
		}
		return least, known
	}
	return &figure{unit: unit, is: is, from: []string{suite}, of: func(records map[string]evidence.Record) (float64, bool) {
		v, known := least(records)
		return v.Value, known
	}, whose: func(records map[string]evidence.Record) string {
		v, _ := least(records)
		return v.Name + ": "
	}}
}

// highest is the most that any of the suites measured; all must have.
func highest(name, unit string, is comparison, suites ...string) *figure {
	return &figure{unit: unit, is: is, from: suites, of: func(records map[string]evidence.Record) (most float64, known bool) {
		for _, suite := range suites {
			v, ok := records[suite].Value(name)
			if !ok || v.Unit != unit {
				return 0, false
			}
			most = max(most, v.Value)
		}
		return most, true
	}}
}

// share is a count as percent of another one; of nothing it is unknown.
func share(suite, part, whole, unit string, is comparison) *figure {
	return &figure{unit: unit, is: is, from: []string{suite}, of: func(records map[string]evidence.Record) (float64, bool) {
		some, known := records[suite].Value(part)
		all, alsoKnown := records[suite].Value(whole)
		if !known || !alsoKnown || all.Value <= 0 {
			return 0, false
		}
		return 100 * some.Value / all.Value, true
	}}
}
