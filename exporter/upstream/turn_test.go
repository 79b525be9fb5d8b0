package upstream

import (
	"context"
	"io"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestLargeRepliesTakeTurns: eight flows whose servers sent endless replies at
// once outgrew the memory that the pod has.
func TestLargeRepliesTakeTurns(t *testing.T) {
	expired, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	body := func(ctx context.Context) *cappedBody {
		return &cappedBody{ReadCloser: io.NopCloser(neverEnding{}), limits: objectLimits, turn: turn{ctx: ctx}}
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

type neverEnding struct{}

// Read implements io.Reader.
func (neverEnding) Read(p []byte) (int, error) { return copy(p, strings.Repeat("a", len(p))), nil }
