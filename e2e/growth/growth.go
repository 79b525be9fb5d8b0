// Package growth tells whether a process grows with the slots that it serves: a
// leak of one goroutine, descriptor or buffer for each of them is small in an
// hour, and the end after a year.
package growth

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Limits are what a process may grow by for each slot and be called flat, by metric.
type Limits map[string]float64

var (
	// Short are those of some hundred slots and of a process with garbage in it, which
	// is the noise: a hundredth of a goroutine or descriptor, and less memory than the
	// buffers of one connection have, 8 KiB.
	Short = Limits{
		"go_goroutines":                        0.01,
		"process_open_fds":                     0.01,
		"go_memory_classes_heap_objects_bytes": 2048,
		"process_resident_memory_bytes":        4096,
	}
	// Long are those of 100,000 slots and more in virtual time, without garbage: two
	// words for each slot. Of what is resident testing/synctest itself leaks 32 bytes
	// for each WaitGroup that is waited for, some 68 a slot.
	Long = Limits{
		"go_goroutines":                        0.0001,
		"process_open_fds":                     0.0001,
		"go_memory_classes_heap_objects_bytes": 16,
		"process_resident_memory_bytes":        128,
	}
)

// Fallen are the counters of a process that was not restarted which were less in
// a sample than in the one before, or not there any more.
func Fallen(samples []Sample) []string {
	var fallen []string
	for i := 1; i < len(samples); i++ {
		for series, before := range samples[i-1].Counters {
			if now, ok := samples[i].Counters[series]; !ok || now < before {
				fallen = append(fallen, fmt.Sprintf("%s: %g, then %g", series, before, now))
			}
		}
	}
	return fallen
}

// Slope is how a size follows the slots: by least squares, without the first
// quarter of the samples, in which a process warms up.
type Slope struct {
	Metric      string
	First, Last float64
	PerSlot     float64
	Limit       float64 // for each slot, +Inf where there is none
}

// Flat is whether the process does not grow.
func (s Slope) Flat() bool { return s.PerSlot <= s.Limit }

// Slopes are those of all sizes, sorted by metric.
func Slopes(samples []Sample, limits Limits) []Slope {
	warm := samples[len(samples)/4:]
	var all []Slope
	for _, metric := range slices.Sorted(maps.Keys(warm[0].Sizes)) {
		s := Slope{
			Metric: metric, First: warm[0].Sizes[metric], Last: warm[len(warm)-1].Sizes[metric],
			PerSlot: leastSquares(warm, metric), Limit: math.Inf(1),
		}
		if limit, ok := limits[metric]; ok {
			s.Limit = limit
		}
		all = append(all, s)
	}
	return all
}

func leastSquares(samples []Sample, metric string) float64 {
	var x, y, xx, xy float64
	n := float64(len(samples))
	for _, s := range samples {
		x, y = x+s.Slots/n, y+s.Sizes[metric]/n
	}
	for _, s := range samples {
		xx += (s.Slots - x) * (s.Slots - x)
		xy += (s.Slots - x) * (s.Sizes[metric] - y)
	}
	return xy / xx
}

// Table is for people. What has no limit, as the classes of the runtime's memory,
// says where the growth of something that has one comes from.
func Table(samples []Sample, limits Limits) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d samples, %.0f slots\n", len(samples), samples[len(samples)-1].Slots-samples[0].Slots)
	for _, s := range Slopes(samples, limits) {
		fmt.Fprintf(&out, "%-46s warm %12.0f, last %12.0f, %+10.4f a slot", s.Metric, s.First, s.Last, s.PerSlot)
		if _, limited := limits[s.Metric]; limited {
			fmt.Fprintf(&out, ", at most %g", s.Limit)
		}
		out.WriteByte('\n')
	}
	return out.String()
}
