package metrics

// slab hands out zero values, many of one allocation.
type slab[T any] struct{ left []T }

// slabSize is how many values an allocation has.
const slabSize = 1024

func (s *slab[T]) next() *T { return &s.take(1)[0] }

// take returns n values next to each other, with room for no more.
func (s *slab[T]) take(n int) []T {
	if len(s.left) < n {
		s.left = make([]T, max(n, slabSize))
	}
	taken := s.left[:n:n]
	s.left = s.left[n:]
	return taken
}
