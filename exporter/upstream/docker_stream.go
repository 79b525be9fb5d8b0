package upstream

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"

	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// The kinds of a frame, in its first byte.
const (
	frameStdout = 1
	frameStderr = 2
)

// maxFrames is for frames that hold nothing: each byte of two outputs may come in
// one of its own.
const maxFrames = 2*token.MaxBytes + 2

// streams holds the output of one exec.
type streams struct{ stdout, stderr []byte }

// stream gives an attached exec its input and reads its output, bounded by the
// context, which a hijacked connection would otherwise ignore.
func stream(ctx context.Context, attached io.ReadWriteCloser, input []byte) (*streams, error) {
	stop := context.AfterFunc(ctx, func() { _ = attached.Close() })
	defer stop()
	if len(input) > 0 {
		if _, err := attached.Write(input); err != nil {
			return nil, errors.Join(ctx.Err(), err)
		}
	}
	out, err := deframe(bufio.NewReader(attached))
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return out, err
}

// deframe reads the Docker API's frames until the stream ends between two of
// them: a byte for the kind, three zeroes, the size in four bytes, the content.
// The library's own reader makes room for whatever size a frame claims to have
// and takes a stream that ends inside of one for complete.
func deframe(r io.Reader) (*streams, error) {
	out := &streams{}
	for range maxFrames {
		var header [8]byte
		_, err := io.ReadFull(r, header[:])
		if err == io.EOF { // bare: the end between two frames
			return out, nil
		}
		if err != nil {
			return nil, cut(err)
		}
		var to *[]byte
		switch header[0] {
		case frameStdout:
			to = &out.stdout
		case frameStderr:
			to = &out.stderr
		}
		if to == nil || header[1]|header[2]|header[3] != 0 {
			return nil, reason.Errorf(reason.MalformedResponse, "got a stream that is not framed as the Docker API's")
		}
		size := binary.BigEndian.Uint32(header[4:])
		if uint64(size)+uint64(len(*to)) > token.MaxBytes+1 {
			return nil, reason.Errorf(reason.Oversize, "reading the command's output: got more than %d bytes", token.MaxBytes)
		}
		content := make([]byte, size)
		if _, err := io.ReadFull(r, content); err != nil {
			return nil, cut(err)
		}
		*to = append(*to, content...)
		clear(content)
	}
	return nil, reason.Errorf(reason.MalformedResponse, "reading the command's output: got more than %d frames", maxFrames)
}

// cut tells a stream that ended inside a frame from one that failed.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return reason.Errorf(reason.Truncated, "got a stream that ends inside a frame")
	}
	return err
}
