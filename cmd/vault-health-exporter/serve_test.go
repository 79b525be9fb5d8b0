package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestStoppingWaitsForTheChecks: the program ended with its HTTP server, and left
// the credential plugins of checks that were running behind.
func TestStoppingWaitsForTheChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		checking := true
		server := func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		}
		checks := func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(time.Second) // until the plugin is ended
			checking = false
			return nil
		}
		time.AfterFunc(time.Minute, stop)
		if err := together(ctx, checks, server); err != nil || checking {
			t.Errorf("got %v and checks running: %t", err, checking)
		}
	})
}

// TestOnePartThatFailsEndsAll, and its error is the one that is told.
func TestOnePartThatFailsEndsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		taken := errors.New("the port is taken")
		err := together(t.Context(),
			func(context.Context) error { return taken },
			func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		if err != taken {
			t.Errorf("got %v, want %v", err, taken)
		}
	})
}
