package snapshot

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strings"

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

// maxSums caps the file of sums, in bytes; it has two lines.
const maxSums = 4096

// Verify fails unless the file is a whole snapshot whose content has the
// SHA-256 sums that it came with.
func Verify(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return reason.From(err, "opening the snapshot %q", path)
	}
	defer file.Close()
	if err := verify(file); err != nil {
		return reason.From(err, "verifying the snapshot %q", path)
	}
	return nil
}

func verify(r io.Reader) error {
	compressed := bufio.NewReader(r)
	plain, err := gzip.NewReader(compressed)
	if err != nil {
		return damaged(err)
	}
	plain.Multistream(false)
	got, sums, err := readMembers(tar.NewReader(plain))
	if err != nil {
		return err
	}
	// The archive ends before the compressed stream does, whose end holds the
	// last check.
	if _, err := io.Copy(io.Discard, plain); err != nil {
		return damaged(err)
	}
	if _, err := compressed.ReadByte(); !errors.Is(err, io.EOF) {
		return reason.Errorf(reason.MalformedResponse, "got more after the end of the archive")
	}
	return compare(got, sums)
}

// readMembers returns the sums of the archive's members and the file that says
// what they should be.
func readMembers(archive *tar.Reader) (got map[string]string, sums []byte, err error) {
	got = map[string]string{}
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return got, sums, nil
		}
		if err != nil {
			return nil, nil, damaged(err)
		}
		hash := sha256.New()
		into := io.Writer(hash)
		var text bytes.Buffer
		if header.Name == sumsFile {
			if header.Size > maxSums {
				return nil, nil, reason.Errorf(reason.MalformedResponse, "got %d bytes of sums, want at most %d", header.Size, maxSums)
			}
			into = &text
		}
		size, err := io.Copy(into, archive)
		switch {
		case err != nil:
			return nil, nil, damaged(err)
		case size == 0:
			return nil, nil, reason.Errorf(reason.Empty, "got a member of 0 bytes")
		}
		if header.Name == sumsFile {
			sums = text.Bytes()
			continue
		}
		got[header.Name] = hex.EncodeToString(hash.Sum(nil))
	}
}

// compare wants exactly the members that a Vault's snapshot has.
func compare(got map[string]string, sums []byte) error {
	want := map[string]string{}
	for line := range strings.Lines(string(sums)) {
		if fields := strings.Fields(line); len(fields) == 2 {
			want[fields[1]] = fields[0]
		}
	}
	for _, name := range []string{metaFile, stateFile} {
		switch {
		case got[name] == "":
			return reason.Errorf(reason.KeyMissing, "got no %q in it", name)
		case want[name] == "":
			return reason.Errorf(reason.KeyMissing, "got no sum of %q in it", name)
		case got[name] != want[name]:
			return reason.Errorf(reason.Mismatch, "got another SHA-256 sum of %q than it came with", name)
		}
	}
	if got[sealedFile] == "" {
		return reason.Errorf(reason.KeyMissing, "got no %q in it", sealedFile)
	}
	return nil
}

// damaged tells a file that was cut off from one that is something else.
func damaged(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return reason.Errorf(reason.Truncated, "got the end in the middle of it")
	}
	return reason.Errorf(reason.MalformedResponse, "got something that is not a compressed archive, or a damaged one")
}
