package upstream

import (
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

// clear overwrites the output: there is a token in it.
func (s *streams) clear() {
	if s != nil {
		clear(s.stdout)
		clear(s.stderr)
	}
}

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
	out, err := deframe(attached)
	if ctx.Err() != nil {
		out.clear()
		return nil, ctx.Err()
	}
	return out, err
}

// deframe reads the Docker API's frames until the stream ends between two of
// them: a byte for the kind, three zeroes, the size in four bytes, the content.
// The library's own reader makes room for whatever size a frame claims to have
// and takes a stream that ends inside of one for complete. Nothing is read into
// other memory than that of the output, which is overwritten on failure.
func deframe(r io.Reader) (*streams, error) {
	out := &streams{stdout: make([]byte, 0, token.MaxBytes+1), stderr: make([]byte, 0, token.MaxBytes+1)}
	for range maxFrames {
		more, err := out.frame(r)
		if err != nil {
			out.clear()
			return nil, err
		}
		if !more {
			return out, nil
		}
	}
	out.clear()
	return nil, reason.Errorf(reason.MalformedResponse, "reading the command's output: got more than %d frames", maxFrames)
}

// frame reads the next frame; there is no more of them where the stream ends.
func (s *streams) frame(r io.Reader) (more bool, err error) {
	var header [8]byte
	_, err = io.ReadFull(r, header[:])
	if err == io.EOF { // bare: the end between two frames
		return false, nil
	}
	if err != nil {
		return false, cut(err)
	}
	var to *[]byte
	switch header[0] {
	case frameStdout:
		to = &s.stdout
	case frameStderr:
		to = &s.stderr
	}
	if to == nil || header[1]|header[2]|header[3] != 0 {
		return false, reason.Errorf(reason.MalformedResponse, "got a stream that is not framed as the Docker API's")
	}
	got, size := int64(len(*to)), int64(binary.BigEndian.Uint32(header[4:]))
	if size > int64(cap(*to))-got {
		return false, reason.Errorf(reason.Oversize, "reading the command's output: got more than %d bytes", token.MaxBytes)
	}
	*to = (*to)[:got+size]
	_, err = io.ReadFull(r, (*to)[got:])
	return true, cut(err)
}

// cut tells a stream that ended inside a frame from one that failed.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return reason.Errorf(reason.Truncated, "got a stream that ends inside a frame")
	}
	return err
}
