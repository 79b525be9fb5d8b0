package drill

import (
	"context"

	"homelab.io/vault-health-exporter/e2e/lab"
)

// What a link can do to the bytes on it.
var (
	// swallowReplies is a connection that is half open: what the server says gets
	// lost, and nobody is told.
	swallowReplies = lab.Toxic{Type: "timeout", Attributes: map[string]any{"timeout": 0}}
	reset          = lab.Toxic{Type: "reset_peer", Attributes: map[string]any{"timeout": 0}}
	// The limits are behind the handshake of TLS and before the end of what is
	// said after it.
	cutReply   = lab.Toxic{Type: "limit_data", Attributes: map[string]any{"bytes": 1500}}
	cutRequest = lab.Toxic{Type: "limit_data", Upstream: true, Attributes: map[string]any{"bytes": 700}}
	// delayed is well below the exporter's timeout, also over several replies.
	delayed = lab.Toxic{Type: "latency", Attributes: map[string]any{"latency": 100, "jitter": 50}}
)

func cut(links ...lab.Link) act {
	return func(_ context.Context, l *lab.Lab) error { return l.Cut(links...) }
}

func mend(links ...lab.Link) act {
	return func(_ context.Context, l *lab.Lab) error { return l.Mend(links...) }
}

func poison(link lab.Link, t lab.Toxic) act {
	return func(_ context.Context, l *lab.Lab) error { return l.Poison(link, t) }
}

func lead(link lab.Link, upstream string) act {
	return func(_ context.Context, l *lab.Lab) error { return l.Lead(link, upstream) }
}

// resetOnce resets what is on the link now, and nothing after.
func resetOnce(link lab.Link) act {
	return func(_ context.Context, l *lab.Lab) error {
		err := l.Poison(link, reset)
		if err != nil {
			return err
		}
		return l.Mend(link)
	}
}
