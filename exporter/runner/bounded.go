package runner

import (
	"context"
	"time"
)

// Bounded calls do and always returns: with what it brings, or without it, ok
// then being false, where it goes on a grace after ctx has ended. What it brings
// later is given to late, because a token in it has to be overwritten.
func Bounded[T any](ctx context.Context, grace time.Duration, do func(context.Context) T, late func(T)) (got T, ok bool) {
	ended, givenUp := make(chan T), make(chan struct{})
	go func() {
		got := do(ctx)
		select {
		case ended <- got:
		case <-givenUp:
			late(got)
		}
	}()
	select {
	case got := <-ended:
		return got, true
	case <-ctx.Done():
	}
	over := time.NewTimer(grace)
	defer over.Stop()
	select {
	case got := <-ended:
		return got, true
	case <-over.C:
	}
	close(givenUp)
	return got, false
}
