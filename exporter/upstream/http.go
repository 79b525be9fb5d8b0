package upstream

import (
	"io"
	"net/http"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// maxReplyBytes caps every reply, in bytes. The largest that is wanted is a
// list of Jobs; a token's reply is a thousandth of this.
const maxReplyBytes = 4 << 20

// transport returns a fresh round tripper over d: a check must not be answered
// by a connection that an earlier check opened, and a rotated certificate must
// count at once.
func (d *dialer) transport() *http.Transport {
	return &http.Transport{DialContext: d.dial, DialTLSContext: d.dial, MaxIdleConns: 1}
}

// guard is the round tripper between a client library and the network. It caps
// the reply, refuses to be sent elsewhere, and recognises the mesh's own answers,
// which are not the upstream's.
type guard struct {
	next http.RoundTripper
	// redirected is what it means when the upstream points elsewhere.
	redirected reason.Reason
}

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	reply, err := g.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if reply.StatusCode >= 300 && reply.StatusCode < 400 {
		_ = reply.Body.Close()
		return nil, reason.Errorf(g.redirected, "calling %q: got status %d, a redirect", req.URL.Host, reply.StatusCode)
	}
	if reply.StatusCode == http.StatusServiceUnavailable && reply.Header.Get("Server") == "envoy" && reply.Header.Get("X-Envoy-Upstream-Service-Time") == "" {
		_ = reply.Body.Close()
		return nil, reason.Errorf(reason.BreakerOpen, "calling %q: the mesh answered in the upstream's place", req.URL.Host)
	}
	reply.Body = &cappedBody{ReadCloser: reply.Body, left: maxReplyBytes}
	return reply, nil
}

// CloseIdleConnections lets http.Client close what the transport holds.
func (g guard) CloseIdleConnections() {
	if closer, ok := g.next.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

// cappedBody fails where io.LimitReader would end: a reply that was cut by us
// must not be taken for a whole one.
type cappedBody struct {
	io.ReadCloser
	left int
}

// Read implements io.Reader.
func (b *cappedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, reason.Errorf(reason.Oversize, "reading a reply: got more than %d bytes", maxReplyBytes)
	}
	if len(p) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= n
	return n, err
}
