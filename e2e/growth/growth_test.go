package growth

import (
	"math"
	"runtime"
	"slices"
	"testing"
)

// TestSlopes finds a leak of a twentieth of a goroutine a slot under noise, and
// takes no warming up for one.
func TestSlopes(t *testing.T) {
	for name, test := range map[string]struct {
		goroutines func(slot int) float64
		flat       bool
	}{
		"flat":            {func(int) float64 { return 40 }, true},
		"noisy":           {func(slot int) float64 { return 40 + 8*math.Sin(float64(slot)) }, true},
		"warming up":      {func(slot int) float64 { return math.Min(float64(slot), 40) }, true},
		"shrinking":       {func(slot int) float64 { return 400 - float64(slot)/10 }, true},
		"one in 20 slots": {func(slot int) float64 { return 40 + float64(slot)/20 + 8*math.Sin(float64(slot)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			var samples []Sample
			for slot := range 1000 {
				samples = append(samples, Sample{Slots: float64(slot), Sizes: map[string]float64{"go_goroutines": test.goroutines(slot)}})
			}
			for _, s := range Slopes(samples) {
				if s.Metric == "go_goroutines" && s.Flat() != test.flat {
					t.Errorf("got flat %t at %+.4f a slot, want %t", s.Flat(), s.PerSlot, test.flat)
				}
			}
		})
	}
}

// TestFallen finds a counter that is less than it was, or gone.
func TestFallen(t *testing.T) {
	at := func(counters map[string]float64) Sample { return Sample{Counters: counters} }
	samples := []Sample{at(map[string]float64{"a": 1, "b": 2}), at(map[string]float64{"a": 1, "b": 3, "c": 1}), at(map[string]float64{"a": 0, "c": 1})}
	got := Fallen(samples)
	slices.Sort(got)
	if want := []string{"a: 1, then 0", "b: 3, then 0"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Fallen(samples[:2]); got != nil {
		t.Errorf("got %q of counters that rise, want none", got)
	}
}

// TestOwnSeesWhatIsKept and not what is garbage. What goes on beside it in the process is
// the noise.
func TestOwnSeesWhatIsKept(t *testing.T) {
	own := func() map[string]float64 {
		t.Helper()
		s, err := Own(1)
		if err != nil {
			t.Fatal(err)
		}
		return s.Sizes
	}
	const size = 1 << 20
	before := own()
	var garbage []byte
	for range 64 {
		garbage = make([]byte, size)
	}
	kept, over := make([]byte, 16*size), make(chan struct{})
	for range 64 {
		go func() { <-over }()
	}
	after := own()
	runtime.KeepAlive(kept)
	runtime.KeepAlive(garbage)
	close(over)
	if more := after["go_goroutines"] - before["go_goroutines"]; more < 56 {
		t.Errorf("got %g goroutines more, want some 64", more)
	}
	if more := after["go_memory_classes_heap_objects_bytes"] - before["go_memory_classes_heap_objects_bytes"]; more < 15*size || more > 32*size {
		t.Errorf("got %g bytes more on the heap, want some %d, without the garbage", more, len(kept))
	}
}
