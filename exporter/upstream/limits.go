package upstream

import (
	"context"
	"io"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// limits bound one kind of reply: its bytes, and the values in its JSON, because
// a short `{}` becomes a hundred times its size in memory.
type limits struct {
	bytes  int64
	values int
}

var (
	// objectLimits are for one object. etcd refuses more than 1.5 MiB, and a
	// Vault with raft storage more than 1 MiB.
	objectLimits = limits{bytes: 2 << 20, values: 64 << 10}
	// listLimits are for one page of a list, which is decoded one item at a time,
	// each as large as an object.
	listLimits = limits{bytes: 8 << 20, values: 512 << 10}
	// wholeLimits are for a page of a list that counts as a whole only: a few large
	// objects of somebody must not keep it from everybody.
	wholeLimits = limits{bytes: wholePageSize * objectLimits.bytes, values: wholePageSize * objectLimits.values}
)

type limitsKey struct{}

// withLimits lets the requests under ctx have replies of another kind than objects.
func withLimits(ctx context.Context, l limits) context.Context {
	return context.WithValue(ctx, limitsKey{}, l)
}

func limitsOf(ctx context.Context) limits {
	if l, ok := ctx.Value(limitsKey{}).(limits); ok {
		return l
	}
	return objectLimits
}

// cappedBody fails where io.LimitReader would end: a reply that was cut by us
// must not be taken for a whole one.
type cappedBody struct {
	io.ReadCloser
	limits          limits // what is left of them
	quoted, escaped bool   // where in the JSON we are
	turn            turn
}

// Read implements io.Reader.
func (b *cappedBody) Read(p []byte) (int, error) {
	if err := b.turn.take(); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	b.turn.read += int64(n)
	b.limits.bytes -= int64(n)
	b.count(p[:n])
	switch {
	case b.limits.bytes < 0 || b.limits.values < 0:
		clear(p[:n])
		return 0, reason.Errorf(reason.MalformedResponse, "reading a reply: got more than any that is wanted")
	case err != nil && err != io.EOF && reason.Of(err) == reason.Internal:
		return n, reason.Errorf(reason.MalformedResponse, "reading a reply: got what is not HTTP")
	}
	return n, err
}

// Close implements io.Closer.
func (b *cappedBody) Close() error {
	b.turn.give()
	return b.ReadCloser.Close()
}

// count takes a value for each mark between two of them that is not in a string.
func (b *cappedBody) count(p []byte) {
	for _, c := range p {
		switch {
		case b.escaped:
			b.escaped = false
		case b.quoted:
			b.escaped = c == '\\'
			b.quoted = c != '"'
		case c == '"':
			b.quoted = true
		case c == ',' || c == '{' || c == '[':
			b.limits.values--
		}
	}
}
