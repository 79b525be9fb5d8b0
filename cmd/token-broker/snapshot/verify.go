package snapshot

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"homelab.io/vault-health-exporter/exporter/localfile"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// The members of a snapshot. The sealed sums are the plain ones encrypted by
// the Vault, which alone can check them; without them it refuses to restore.
const (
	metaFile   = "meta.json"
	stateFile  = "state.bin"
	sumsFile   = "SHA256SUMS"
	sealedFile = "SHA256SUMS.sealed"
)

// The caps of a snapshot, in bytes. A Vault reads less than 8 KiB of what is not
// its state. Between the members are their headers and what fills up a block.
const (
	maxState = 8 << 30
	maxSmall = 8<<10 - 1
	maxFrame = 64 << 10
)

// caps are the members that a snapshot has, each once, and what each may have.
var caps = map[string]int64{metaFile: maxSmall, stateFile: maxState, sumsFile: maxSmall, sealedFile: maxSmall}

// Verify fails unless a Vault would restore the file, as far as that can be said
// without its keys.
func Verify(ctx context.Context, path string) error {
	file, err := localfile.Open(path)
	var refused *localfile.Refused
	if errors.As(err, &refused) {
		return reason.Errorf(reason.Config, "opening the snapshot %q: %v", path, refused)
	}
	if err != nil {
		return reason.From(err, "opening the snapshot %q", path)
	}
	defer file.Close()
	if err := verify(ctx, file); err != nil {
		return reason.From(err, "verifying the snapshot %q", path)
	}
	return nil
}

// verify is what a Vault does before it restores: the members are those of a
// snapshot, once each, have the sums and the size that they came with, and the
// state is made of whole entries. It never reads more than the archive's headers
// announce, and never a form of archive that Vault does not write.
func verify(ctx context.Context, r io.Reader) error {
	compressed := bufio.NewReader(r)
	plain, err := gzip.NewReader(compressed)
	if err != nil {
		return damaged(err)
	}
	plain.Multistream(false)
	bounded := &boundedReader{ctx: ctx, next: plain}
	got, err := readMembers(bounded)
	if err != nil {
		return err
	}
	// The compressed stream ends after the archive does, with the last check.
	if n, err := io.Copy(io.Discard, io.LimitReader(bounded, 1)); err != nil {
		return damaged(err)
	} else if _, err := compressed.ReadByte(); n > 0 || !errors.Is(err, io.EOF) {
		return reason.Errorf(reason.MalformedResponse, "got more after the end of the archive")
	}
	return got.check()
}

// contents are what a snapshot's members hold.
type contents struct {
	sums  map[string]string // SHA-256, by member
	small map[string][]byte // all but the state
	state int64             // its size
}

func readMembers(r *boundedReader) (contents, error) {
	got := contents{sums: map[string]string{}, small: map[string][]byte{}}
	archive := tar.NewReader(r)
	for {
		r.left += maxFrame
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, damaged(err)
		}
		if err := got.admit(header); err != nil {
			return got, err
		}
		r.left = header.Size + maxFrame
		hash := sha256.New()
		content := io.TeeReader(archive, hash)
		if header.Name == stateFile {
			got.state = header.Size
			err = readState(content)
		} else {
			got.small[header.Name], err = io.ReadAll(content)
		}
		if err != nil {
			return got, damaged(err)
		}
		got.sums[header.Name] = hex.EncodeToString(hash.Sum(nil))
	}
}

// admit fails for a member that no snapshot has. A sparse one would claim any
// size without having it.
func (c contents) admit(header *tar.Header) error {
	limit, known := caps[header.Name]
	switch {
	case !known:
		return reason.Errorf(reason.MalformedResponse, "got a member that no snapshot has")
	case c.sums[header.Name] != "":
		return reason.Errorf(reason.MalformedResponse, "got %q twice", header.Name)
	case header.Typeflag != tar.TypeReg || header.Format != tar.FormatUSTAR:
		return reason.Errorf(reason.MalformedResponse, "got %q in a form that Vault does not write", header.Name)
	case header.Size > limit:
		return reason.Errorf(reason.Oversize, "got %d bytes of %q, want at most %d", header.Size, header.Name, limit)
	case header.Size == 0:
		return reason.Errorf(reason.Empty, "got 0 bytes of %q", header.Name)
	}
	return nil
}

func (c contents) check() error {
	for name := range caps {
		if c.sums[name] == "" {
			return reason.Errorf(reason.KeyMissing, "got no %q in it", name)
		}
	}
	if err := c.checkSums(); err != nil {
		return err
	}
	var meta struct {
		Version int
		Size    int64
	}
	switch err := json.Unmarshal(c.small[metaFile], &meta); {
	case err != nil:
		return reason.Errorf(reason.MalformedResponse, "got %q without the fields of a snapshot", metaFile)
	case meta.Version != 0 && meta.Version != 1:
		return reason.Errorf(reason.MalformedResponse, "got a snapshot of version %d, want 0 or 1", meta.Version)
	case meta.Size != c.state:
		return reason.Errorf(reason.Mismatch, "got %d bytes of %q, want the %d of %q", c.state, stateFile, meta.Size, metaFile)
	}
	return nil
}

// checkSums wants the sums of the two members that have one, and no others.
func (c contents) checkSums() error {
	missing := map[string]bool{metaFile: true, stateFile: true}
	for line := range strings.Lines(string(bytes.TrimRight(c.small[sumsFile], "\n"))) {
		fields := strings.Fields(line)
		if len(fields) != 2 || !missing[fields[1]] {
			return reason.Errorf(reason.MalformedResponse, "got something else in %q than the sums of %q and %q, once each", sumsFile, metaFile, stateFile)
		}
		if c.sums[fields[1]] != fields[0] {
			return reason.Errorf(reason.Mismatch, "got another SHA-256 sum of %q than it came with", fields[1])
		}
		delete(missing, fields[1])
	}
	for name := range missing {
		return reason.Errorf(reason.KeyMissing, "got no sum of %q in it", name)
	}
	return nil
}
