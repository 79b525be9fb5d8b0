package catalogue

import (
	"math"
	"time"
)

// Fact is a gauge as a check found it.
type Fact struct {
	// Metric is the name of a gauge of the catalogue.
	Metric string
	// Labels are those behind the flow's; the hop is that of the check and need not
	// be said.
	Labels []string
	Value  float64
	// Absent says that it was found that there is none.
	Absent bool
}

// Number is a fact with a value.
func Number(metric string, value float64, labels ...string) Fact {
	return Fact{Metric: metric, Value: value, Labels: labels}
}

// Flag is a fact that is true, 1, or false, 0.
func Flag(metric string, on bool, labels ...string) Fact {
	if on {
		return Number(metric, 1, labels...)
	}
	return Number(metric, 0, labels...)
}

// Moment is a fact that is a time; the zero time is none.
func Moment(metric string, at time.Time, labels ...string) Fact {
	return Fact{Metric: metric, Value: Unix(at), Labels: labels, Absent: at.IsZero()}
}

// End is the time at which something ends; the zero time is never, +Inf.
func End(metric string, at time.Time, labels ...string) Fact {
	if at.IsZero() {
		return Number(metric, math.Inf(1), labels...)
	}
	return Moment(metric, at, labels...)
}

// Unix is a time in seconds. It does not go by way of UnixNano, which ends in the
// year 2262: RFC 5280 writes "no end" as the year 9999.
func Unix(t time.Time) float64 { return float64(t.Unix()) + float64(t.Nanosecond())/1e9 }
