package metrics

import (
	"cmp"
	"math"
	"slices"
	"time"
)

const (
	// maxSpread is how many exemplars the native buckets have together.
	maxSpread = 10
	// exemplarAge is the age from which on the oldest of them makes room.
	exemplarAge = 5 * time.Minute
)

// exemplar is a trace in which something took so long.
type exemplar struct {
	trace   string
	seconds float64
	at      time.Time
}

// exemplars are those of one histogram.
type exemplars struct {
	newest []exemplar // of each classic bucket, the last one without a bound
	spread []exemplar // for the native ones, by their seconds
}

func newExemplars(buckets int) *exemplars {
	return &exemplars{newest: make([]exemplar, buckets), spread: make([]exemplar, 0, maxSpread)}
}

// add keeps e as the newest of its classic bucket. Among the others it replaces
// the oldest, where that is too old, or else the one without which they are
// spread best over the magnitudes.
func (x *exemplars) add(e exemplar, bucket int) {
	x.newest[bucket] = e
	if len(x.spread) == maxSpread {
		gone := x.crowded(e)
		if old := x.oldest(); e.at.Sub(x.spread[old].at) > exemplarAge {
			gone = old
		}
		at := x.before(e)
		x.spread = slices.Delete(x.spread, gone, gone+1)
		if gone < at {
			at--
		}
		x.spread = slices.Insert(x.spread, at, e)
		return
	}
	at := len(x.spread)
	if i := slices.IndexFunc(x.spread, func(known exemplar) bool { return e.seconds < known.seconds }); i >= 0 {
		at = i
	}
	x.spread = slices.Insert(x.spread, at, e)
}

// before is the place of e among those that are as long or longer.
func (x *exemplars) before(e exemplar) int {
	i, _ := slices.BinarySearchFunc(x.spread, e, func(a, b exemplar) int { return cmp.Compare(a.seconds, b.seconds) })
	return i
}

func (x *exemplars) oldest() int {
	oldest := 0
	for i, e := range x.spread {
		if e.at.Before(x.spread[oldest].at) {
			oldest = i
		}
	}
	return oldest
}

// crowded is the older one of the two that are nearest to each other, unless e
// would be nearer to one of its neighbours: then it is that.
func (x *exemplars) crowded(e exemplar) int {
	nearest, gone := math.Inf(1), 0
	for i := 1; i < len(x.spread); i++ {
		if d := distance(x.spread[i-1], x.spread[i]); d < nearest {
			nearest, gone = d, i-1
			if x.spread[i].at.Before(x.spread[i-1].at) {
				gone = i
			}
		}
	}
	at := x.before(e)
	for _, neighbour := range []int{at - 1, at} {
		if neighbour < 0 || neighbour == len(x.spread) {
			continue
		}
		if d := distance(x.spread[neighbour], e); d < nearest {
			nearest, gone = d, neighbour
		}
	}
	return gone
}

// distance is in orders of magnitude, of e.
func distance(a, b exemplar) float64 { return math.Abs(math.Log(a.seconds) - math.Log(b.seconds)) }
