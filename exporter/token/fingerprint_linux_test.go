package token_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"homelab.io/vault-health-exporter/exporter/token"
)

// TestFingerprintKeepsNoToken in memory: the state of a hash holds what did not
// fill a block, until it is collected and used again.
func TestFingerprintKeepsNoToken(t *testing.T) {
	const tail = 16
	prints := token.NewFingerprinter()
	sizes := []int{28, 63, 64, 65, 100}
	known := make([]byte, 0, tail*len(sizes))
	for _, size := range sizes {
		raw := make([]byte, (size-4)/2+1)
		_, _ = rand.Read(raw)
		raw = hex.AppendEncode([]byte("hvs."), raw)[:size]
		known = append(known, raw[size-tail:]...)
		one, err := token.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if seen := prints.Of(one); !seen.Equal(prints.Of(one)) || seen.Equal(prints.Of(other(t, size))) {
			t.Errorf("%d bytes: got other fingerprints of the same token, or the same of another", size)
		}
		one.Destroy()
	}
	if copies := copiesInMemory(t, known, tail); copies > 0 {
		t.Errorf("afterwards got %d copies in memory, want 0", copies)
	}
}

func other(t *testing.T, size int) token.Token {
	t.Helper()
	one, err := token.Parse([]byte("hvs." + strings.Repeat("a", size)))
	if err != nil {
		t.Fatal(err)
	}
	return one
}

// copiesInMemory counts where the program's memory, except for that of files,
// holds one of the pieces that known consists of, beside known itself.
func copiesInMemory(t *testing.T, known []byte, piece int) (found int) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	memory, err2 := os.Open("/proc/self/mem")
	if err != nil || err2 != nil {
		t.Skip("this process cannot read its own memory")
	}
	defer memory.Close()
	window := make([]byte, 1<<20)
	ours := func(at int64) bool {
		for _, own := range [][]byte{known, window} {
			if start := int64(uintptr(unsafe.Pointer(&own[0]))); at >= start && at < start+int64(len(own)) {
				return true
			}
		}
		return false
	}
	for line := range strings.Lines(string(maps)) {
		var at, end, offset, inode int64
		var device string
		if _, err := fmt.Sscanf(line, "%x-%x rw-p %x %s %d", &at, &end, &offset, &device, &inode); err != nil || inode != 0 || end-at > 1<<28 {
			continue // what is larger is the race detector's
		}
		for ; at < end; at += int64(len(window) - piece + 1) {
			n, _ := memory.ReadAt(window[:min(int64(len(window)), end-at)], at)
			for wanted := range slices.Chunk(known, piece) {
				for i := 0; ; i++ {
					next := bytes.Index(window[i:n], wanted)
					if next < 0 {
						break
					}
					if i += next; !ours(at + int64(i)) {
						found++
					}
				}
			}
		}
	}
	return found
}
