package snapshot

import (
	"archive/tar"
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// errUnannounced says that there is more than the headers announced.
var errUnannounced = errors.New("more than was announced")

// boundedReader ends with its context, and after as many bytes as are left: a
// few bytes can claim, or unpack to, more than anybody reads in a lifetime.
type boundedReader struct {
	ctx  context.Context
	next io.Reader
	left int64
}

// Read implements io.Reader.
func (b *boundedReader) Read(into []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	if b.left <= 0 {
		return 0, errUnannounced
	}
	n, err := b.next.Read(into[:min(int64(len(into)), b.left)])
	b.left -= int64(n)
	return n, err
}

// readState reads the state to its end: entries, each behind its length.
func readState(r io.Reader) error {
	entries := bufio.NewReaderSize(r, 64<<10)
	for {
		length, err := binary.ReadUvarint(entries)
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if length > math.MaxInt32 {
			return tar.ErrHeader
		}
		if _, err := io.CopyN(io.Discard, entries, int64(length)); err != nil {
			return err
		}
	}
}

// damaged tells a file that was cut off from one that is something else.
func damaged(err error) error {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return reason.From(err, "reading it")
	case errors.Is(err, errUnannounced):
		return reason.Errorf(reason.Oversize, "got more than its headers announce")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return reason.Errorf(reason.Truncated, "got the end in the middle of it")
	}
	return reason.Errorf(reason.MalformedResponse, "got something that is not a compressed archive of a Vault's state, or a damaged one")
}
