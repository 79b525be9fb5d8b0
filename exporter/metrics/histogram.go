package metrics

import (
	"math"
	"slices"
	"sort"
	"time"
)

// The native buckets, which are the library's for a bucket factor of 1.1. A
// schema says that there are 2^schema of them to a power of two.
const (
	finest = 3
	// maxNative is how many a histogram may have. Beyond that it begins anew, or
	// is made coarser where it did so less than minReset ago.
	maxNative = 160
	minReset  = time.Hour
)

// fractions are the upper bounds of the finest buckets between 1/2 and 1.
var fractions = [1 << finest]float64{
	0.5, 0.5452538663326288, 0.5946035575013605, 0.6484197773255048,
	0.7071067811865475, 0.7711054127039704, 0.8408964152537144, 0.9170040432046711,
}

// histogram counts durations in classic and in native buckets. It is for one
// goroutine at a time, and a tenth of the size of the library's, which is not.
type histogram struct {
	bounds []float64 // upper, in seconds
	counts []uint64  // of each bound's bucket; what is above the last is in none
	native []bucket  // by key
	zeros  uint64    // what took no time at all has a native bucket of its own
	count  uint64
	sum    float64
	schema int32
	began  time.Time
	reset  time.Time // when it begins anew, because it was made coarser; zero where it was not
	traces *exemplars
}

// bucket is a native bucket: of what is above the bound of the key before and at
// most that of its own, 2^(key/2^schema). Most of what a flow keeps are these, and
// 32 bits are enough: at ten a second they last for 13 years.
type bucket struct {
	key   int32
	count uint32
}

func newHistogram(bounds []float64, now time.Time) *histogram {
	return &histogram{bounds: bounds, counts: make([]uint64, len(bounds)), schema: finest, began: now}
}

// observe counts what took d; trace, where it is not "", becomes an exemplar.
func (h *histogram) observe(d time.Duration, trace string, now time.Time) {
	seconds := max(0, d.Seconds()) // no clock of ours goes back
	h.expire(now)
	h.add(seconds)
	if trace != "" {
		if h.traces == nil {
			h.traces = newExemplars(len(h.bounds) + 1)
		}
		h.traces.add(exemplar{trace, seconds, now}, sort.SearchFloat64s(h.bounds, seconds))
	}
	if len(h.native) <= maxNative {
		return
	}
	if h.reset.IsZero() && now.Sub(h.began) >= minReset {
		h.begin(now)
		h.add(seconds)
		return
	}
	h.reset = h.began.Add(minReset)
	h.coarsen()
}

func (h *histogram) add(seconds float64) {
	h.count++
	h.sum += seconds
	if i := sort.SearchFloat64s(h.bounds, seconds); i < len(h.bounds) {
		h.counts[i]++
	}
	if seconds == 0 {
		h.zeros++
		return
	}
	fraction, exponent := math.Frexp(seconds)
	key := int32(sort.SearchFloat64s(fractions[:], fraction) + (exponent-1)*len(fractions)) // #nosec G115 -- an exponent has 11 bits
	for range finest - h.schema {
		key = wider(key)
	}
	i, found := slices.BinarySearchFunc(h.native, key, func(b bucket, key int32) int { return int(b.key - key) })
	if !found {
		h.native = slices.Insert(h.native, i, bucket{key: key})
	}
	h.native[i].count++
}

// wider is the key of the bucket, twice as wide, that has this one in it.
func wider(key int32) int32 { return (key + 1) >> 1 }

// coarsen merges the native buckets into half as many.
func (h *histogram) coarsen() {
	h.schema--
	merged := h.native[:0]
	for _, b := range h.native {
		b.key = wider(b.key)
		if last := len(merged) - 1; last >= 0 && merged[last].key == b.key {
			merged[last].count += b.count
			continue
		}
		merged = append(merged, b)
	}
	h.native = merged
}

// expire has a histogram that was made coarser begin anew once it is time.
func (h *histogram) expire(now time.Time) {
	if !h.reset.IsZero() && !now.Before(h.reset) {
		h.begin(h.reset)
	}
}

// begin forgets all but the exemplars.
func (h *histogram) begin(at time.Time) {
	clear(h.counts)
	*h = histogram{bounds: h.bounds, counts: h.counts, native: h.native[:0], schema: finest, began: at, traces: h.traces}
}
