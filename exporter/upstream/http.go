package upstream

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// maxHeaderBytes caps the headers of a reply, whatever it says before them.
const maxHeaderBytes = 64 << 10

// fresh gives every request a connection of its own: a rotated certificate counts
// at once, what a server sends unasked is never taken for the next answer, and
// nothing is left open.
var fresh = newTransport()

// newTransport returns a transport for requests that say who dials for them.
// Compression is off, so that a reply is as large as what was sent.
func newTransport() *http.Transport {
	return &http.Transport{
		DialContext: dial, DialTLSContext: dial,
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxHeaderBytes,
	}
}

// transport lets a check's dialer see the request's own context: net/http dials
// under one that has its values, but neither its deadline nor its end.
type transport struct {
	over   *http.Transport
	dialer *dialer
}

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.over.DisableKeepAlives {
		return t.send(req.Context(), &asking{ctx: req.Context(), dialer: t.dialer}, req)
	}
	return t.reuse(req)
}

// send makes a request under ctx. A reply that ends within a line of its head is parsed as
// far as it came, and what ended it is lost: it says so here.
func (t transport) send(ctx context.Context, a *asking, req *http.Request) (*http.Response, error) {
	reply, err := t.over.RoundTrip(req.WithContext(context.WithValue(ctx, askingKey{}, a)))
	if err != nil && reason.Of(err) == reason.Internal {
		if cut := a.cut(); cut != nil {
			return nil, cut
		}
	}
	return reply, err
}

// guard is the round tripper between a client and the network. It caps the
// reply, refuses to be sent elsewhere, recognises what answers in the upstream's
// place, and lets no failure pass that has no reason.
type guard struct {
	next http.RoundTripper
	// redirected is what it means when the upstream points elsewhere; "" leaves
	// the redirect to the client, which must not follow it.
	redirected reason.Reason
}

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	limits := limitsOf(req.Context())
	reply, err := g.next.RoundTrip(req)
	if err != nil {
		if reason.Of(err) == reason.Internal {
			return nil, reason.Errorf(reason.MalformedResponse, "calling %q: got what is not HTTP", req.URL.Host)
		}
		return nil, err
	}
	if reply.StatusCode == http.StatusSwitchingProtocols {
		return reply, nil // a stream, which whoever asked for it bounds
	}
	reply.Body = &cappedBody{ReadCloser: reply.Body, limits: limits, turn: turn{ctx: req.Context(), at: large}}
	if err := g.refuse(req, reply); err != nil {
		_ = reply.Body.Close()
		return nil, err
	}
	return reply, nil
}

// refuse says what is wrong with a reply that is not the upstream's own, or why it
// cannot be told.
func (g guard) refuse(req *http.Request, reply *http.Response) error {
	host := req.URL.Host
	switch {
	case reply.StatusCode >= 300 && reply.StatusCode < 400 && g.redirected != "":
		return reason.Errorf(g.redirected, "calling %q: got status %d, a redirect", host, reply.StatusCode)
	case byMesh(reply):
		said, err := io.ReadAll(io.LimitReader(reply.Body, 1<<10))
		if err != nil {
			return err
		}
		return reason.Errorf(meshReason(string(said)), "calling %q: got status %d of the mesh, in the upstream's place", host, reply.StatusCode)
	case reply.StatusCode == http.StatusBadRequest && req.URL.Scheme == "http":
		start, err := io.ReadAll(io.LimitReader(reply.Body, 1<<10))
		if err != nil {
			return err
		}
		if wantsTLS(start) {
			return reason.Errorf(reason.TLSRequired, "calling %q without TLS: got status 400", host)
		}
		reply.Body = &replayed{Reader: io.MultiReader(bytes.NewReader(start), reply.Body), Closer: reply.Body}
	}
	return nil
}

// replayed is a body whose beginning has been looked at.
type replayed struct {
	io.Reader
	io.Closer
}

// wantsTLS recognises how servers say that plain HTTP came to a port for TLS:
// Go's, with Vault and Docker, then nginx, then Apache.
func wantsTLS(said []byte) bool {
	for _, words := range []string{"HTTP request to an HTTPS server", "plain HTTP request was sent to HTTPS port", "speaking plain HTTP to an SSL-enabled server port"} {
		if bytes.Contains(said, []byte(words)) {
			return true
		}
	}
	return false
}
