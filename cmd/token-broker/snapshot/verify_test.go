package snapshot

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// raw is an archive written block by block, as no writer of archives does.
func raw(t *testing.T, write func(io.Writer)) io.Reader {
	t.Helper()
	var out bytes.Buffer
	compressed := gzip.NewWriter(&out)
	write(compressed)
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
	return &out
}

// block is a tar header of type kind, with its checksum.
func block(name string, kind byte, size int64, fill func([]byte)) []byte {
	b := make([]byte, 512)
	copy(b, name)
	copy(b[100:], "0000600\x000000000\x000000000\x00")
	copy(b[124:], fmt.Sprintf("%011o\x00%011o\x00", size, 0))
	b[156] = kind
	copy(b[257:], "ustar\x0000")
	if fill != nil {
		fill(b)
	}
	copy(b[148:], "        ")
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
	return b
}

// TestSparseArchiveEnds: 224 bytes claimed 1 EiB of zeros and were read for ever.
func TestSparseArchiveEnds(t *testing.T) {
	sparse := raw(t, func(w io.Writer) {
		_, _ = w.Write(block(stateFile, tar.TypeGNUSparse, 0, func(b []byte) {
			copy(b[257:], "ustar  \x00")
			copy(b[483:], "\x80\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00") // the real size
		}))
		_, _ = w.Write(make([]byte, 1024))
	})
	if err := verify(t.Context(), sparse); reason.Of(err) != reason.MalformedResponse {
		t.Errorf("got %v, want %q", err, reason.MalformedResponse)
	}
	pax := raw(t, func(w io.Writer) {
		archive := tar.NewWriter(w)
		_ = archive.WriteHeader(&tar.Header{Name: stateFile, Size: 1, Format: tar.FormatPAX, PAXRecords: map[string]string{"VENDOR.key": "value"}})
		_, _ = archive.Write([]byte{0})
		_ = archive.Close()
	})
	if err := verify(t.Context(), pax); reason.Of(err) != reason.MalformedResponse {
		t.Errorf("got %v from a header that Vault does not write, want %q", err, reason.MalformedResponse)
	}
}

// zeros are endless.
type zeros struct{}

func (zeros) Read(into []byte) (int, error) { clear(into); return len(into), nil }

// TestUnannouncedBytesEnd: what a small file unpacks to is read only as far as
// its headers say, and those only if they are a snapshot's.
func TestUnannouncedBytesEnd(t *testing.T) {
	for name, write := range map[string]func(io.Writer){
		"headers without end": func(w io.Writer) {
			for range 4096 {
				_, _ = w.Write(block("x", tar.TypeXHeader, 512, nil))
				_, _ = w.Write(append([]byte("12 a=aaaaaaa"), make([]byte, 500)...))
			}
		},
		"zeros behind the archive":  func(w io.Writer) { _, _ = io.CopyN(w, zeros{}, 64<<20) },
		"a state that is not there": func(w io.Writer) { _, _ = w.Write(block(stateFile, tar.TypeReg, 1<<32, nil)) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := verify(t.Context(), raw(t, write)); err == nil {
				t.Error("got a whole snapshot")
			}
		})
	}
}

// TestVerifyStopsWithItsContext: a verification ignored SIGTERM.
func TestVerifyStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	reading, writing := io.Pipe()
	defer reading.Close()
	go func() {
		compressed := gzip.NewWriter(writing)
		_, _ = compressed.Write(block(stateFile, tar.TypeReg, 1<<30, nil))
		for {
			if _, err := compressed.Write([]byte(strings.Repeat("\x00", 1<<20))); errors.Is(err, io.ErrClosedPipe) {
				return
			}
			cancel()
		}
	}()
	if err := verify(ctx, reading); reason.Of(err) != reason.Canceled {
		t.Errorf("got %v, want %q", err, reason.Canceled)
	}
}
