//go:build !race

package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// TestRotateInterruptedAnywhere cuts a rotation at each of its requests, before
// it takes effect and after, and runs it again.
func TestRotateInterruptedAnywhere(t *testing.T) {
	for _, role := range []string{"", "nas-token"} {
		whole := newRotation(t, role)
		if exit := whole.rotateOnce(t.Context()); exit != 0 {
			t.Fatalf("got exit code %d; log:\n%s", exit, whole.log)
		}
		interruptAnywhere(t, role, whole.cutter)
	}
}

func interruptAnywhere(t *testing.T, role string, whole *cutter) {
	for at := 1; at <= whole.Count(); at++ {
		for _, after := range []bool{false, true} {
			name := fmt.Sprintf("role %s, request %d, %s, after=%v", role, at, whole.Log[at-1], after)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := newRotation(t, role)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				r.cutter.At, r.cutter.After, r.cutter.Cut = at, after, cancel
				if exit := r.rotateOnce(ctx); exit == 0 && !strings.Contains(r.log, "outcome=rotated") {
					t.Errorf("got exit code 0 from an interrupted rotation; log:\n%s", r.log)
				}
				interrupted := r.log
				r.cutter.At = 0
				if exit := r.rotateOnce(t.Context()); exit != 0 {
					t.Fatalf("got exit code %d from the rerun; log:\n%s\nafter:\n%s", exit, r.log, interrupted)
				}
				r.converged(name)
			})
		}
	}
}
