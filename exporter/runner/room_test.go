package runner

import (
	"testing"
	"time"
)

// BenchmarkRoomBesideAHangingServer is what a check at a server that answers takes of
// the room while those of thousands of flows wait for one that hangs.
func BenchmarkRoomBesideAHangingServer(b *testing.B) {
	for name, waiting := range map[string]int{"none waits": 0, "5000 wait": 5000} {
		b.Run(name, func(b *testing.B) {
			r, latest := newRoom(), time.Now().Add(time.Hour)
			held := make(chan struct{})
			defer close(held)
			for i := range r.limit.now/2 + waiting {
				r.enter(&claim{rank: uint64(i), latest: latest}, entrant{upstream: "hangs", do: func(func()) { <-held }}) // #nosec G115 -- it is positive
			}
			left := make(chan struct{})
			for b.Loop() {
				r.enter(&claim{latest: latest}, entrant{upstream: "answers", do: func(leave func()) { leave(); left <- struct{}{} }})
				<-left
			}
		})
	}
}
