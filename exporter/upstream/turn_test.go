package upstream

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestLargeRepliesTakeTurns: eight flows whose servers sent endless replies at
// once outgrew the memory that the pod has.
func TestLargeRepliesTakeTurns(t *testing.T) {
	expired, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	body := func(ctx context.Context) *cappedBody {
		return &cappedBody{ReadCloser: io.NopCloser(neverEnding{}), limits: objectLimits, turn: turn{ctx: ctx, at: large}}
	}
	read := func(b *cappedBody, n int64) error {
		_, err := io.CopyN(io.Discard, b, n)
		return err
	}
	var first []*cappedBody
	for range maxLarge {
		b := body(t.Context())
		if err := read(b, 2*ordinaryBytes); err != nil {
			t.Fatal(err)
		}
		first = append(first, b)
	}
	ordinary, waiting := body(expired), body(expired)
	if err := read(ordinary, ordinaryBytes); err != nil {
		t.Errorf("reading an ordinary reply meanwhile: got %v", err)
	}
	if err := read(waiting, 4*ordinaryBytes); reason.Of(err) != reason.Timeout {
		t.Errorf("reading one more large reply: got %v, want a timeout", err)
	}
	for _, b := range first {
		_ = b.Close()
		_ = b.Close()
	}
	for range maxLarge {
		b := body(t.Context())
		if err := read(b, 2*ordinaryBytes); err != nil {
			t.Errorf("reading a large reply afterwards: got %v", err)
		}
		defer b.Close()
	}
}

// TestServersThatDripAreNoOthersTimeout: two that held both turns made a healthy
// cluster's long list of Jobs time out.
func TestServersThatDripAreNoOthersTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := make(chan struct{}, maxLarge)
		for range maxLarge {
			drips := turn{ctx: t.Context(), at: at, read: 2 * ordinaryBytes}
			if err := drips.take(); err != nil {
				t.Fatal(err)
			}
			defer drips.give()
		}
		const limit = 5 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		begun, list := time.Now(), turn{ctx: ctx, at: at, read: 2 * ordinaryBytes}
		if err := list.take(); err != nil || time.Since(begun) != limit/2 {
			t.Errorf("got %v after %s, want to go on after %s", err, time.Since(begun), limit/2)
		}
		if err := list.take(); err != nil || time.Since(begun) != limit/2 {
			t.Errorf("reading on: got %v after %s, want no more waiting", err, time.Since(begun))
		}
		list.give() // of nothing
		if len(at) != maxLarge {
			t.Errorf("got %d turns taken, want %d", len(at), maxLarge)
		}
	})
}

type neverEnding struct{}

// Read implements io.Reader.
func (neverEnding) Read(p []byte) (int, error) { return copy(p, strings.Repeat("a", len(p))), nil }
