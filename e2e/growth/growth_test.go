package growth

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
			for _, s := range Slopes(samples, Short) {
				if s.Metric == "go_goroutines" && s.Flat() != test.flat {
					t.Errorf("got flat %t at %+.4f a slot, want %t", s.Flat(), s.PerSlot, test.flat)
				}
			}
		})
	}
}

// TestALongRunSeesASmallLeak of 100 bytes a slot, which is noise in a short one.
func TestALongRunSeesASmallLeak(t *testing.T) {
	const heap = "go_memory_classes_heap_objects_bytes"
	var samples []Sample
	for slot := range 400 {
		samples = append(samples, Sample{Slots: 2500 * float64(slot), Sizes: map[string]float64{heap: 4e6 + 250_000*float64(slot) + 5e5*math.Sin(float64(slot))}})
	}
	for name, test := range map[string]struct {
		limits Limits
		flat   bool
	}{"short": {Short, true}, "long": {Long, false}} {
		if s := Slopes(samples, test.limits); len(s) != 1 || s[0].Metric != heap || s[0].Flat() != test.flat {
			t.Errorf("%s: got %+v, want %s and flat %t", name, s, heap, test.flat)
		}
	}
}

// TestTableNamesWhatGrows where what has a limit only says that something does.
func TestTableNamesWhatGrows(t *testing.T) {
	const resident, other = "process_resident_memory_bytes", "go_memory_classes_other_bytes"
	var samples []Sample
	for slot := range 100 {
		samples = append(samples, Sample{Slots: float64(slot), Sizes: map[string]float64{resident: 5e7 + 64*float64(slot), other: 64 * float64(slot)}})
	}
	var got []string
	for line := range strings.Lines(Table(samples, Long)) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	want := []string{
		"100 samples, 99 slots",
		"go_memory_classes_other_bytes warm 1600, last 6336, +64.0000 a slot",
		"process_resident_memory_bytes warm 50001600, last 50006336, +64.0000 a slot, at most 128",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("got the table (-want +got):\n%s", diff)
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

// TestOwnHasAllClasses of the runtime's memory, which add up to all that it has.
func TestOwnHasAllClasses(t *testing.T) {
	s, err := Own(1)
	if err != nil {
		t.Fatal(err)
	}
	const total = "go_memory_classes_total_bytes"
	var sum float64
	for metric, size := range s.Sizes {
		if strings.HasPrefix(metric, "go_memory_classes_") && metric != total {
			sum += size
		}
	}
	if sum != s.Sizes[total] || sum == 0 {
		t.Errorf("got %.0f bytes in the classes, want the %.0f of all", sum, s.Sizes[total])
	}
}
