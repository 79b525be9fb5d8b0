package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// Kubernetes reads objects of the Kubernetes API for one check. It uses
// client-go for what is hard, finding and presenting credentials, and plain
// GETs for the rest: the typed clients cost more memory than all hops together.
type Kubernetes struct {
	http      http.RoundTripper
	dialer    *dialer
	plugin    *credentialPlugin // nil without one
	base      *url.URL
	namespace string
	session   *session
	open      *connections // nil where none are kept
	trace     *Trace
}

// OpenKubernetes makes the client of an API that nothing is kept of; what it does
// and meets goes into trace.
func OpenKubernetes(cfg config.Kubernetes, trace *Trace) (*Kubernetes, error) {
	return MainCluster(cfg).Open(context.Background(), trace)
}

// Close notes the certificate that the client met.
func (c *Kubernetes) Close() {
	c.session.done(c.open)
	c.dialer.note(c.trace)
}

// Get reads one object into out. group is "api/v1" or "apis/GROUP/VERSION".
func (c *Kubernetes) Get(ctx context.Context, group, resource, name string, out any) error {
	return c.Call(ctx, OpK8sGet, Request{Method: http.MethodGet, Path: c.Path(group, resource, name), Accept: "application/json"}, out)
}

// GetClusterWide reads one object that is in no namespace into out.
func (c *Kubernetes) GetClusterWide(ctx context.Context, group, resource, name string, out any) error {
	return c.Call(ctx, OpK8sGet, Request{Method: http.MethodGet, Path: (&url.URL{}).JoinPath(group, resource, name).String(), Accept: "application/json"}, out)
}

// Path returns the path of an object, or list, in the client's namespace.
func (c *Kubernetes) Path(group, resource, name string) string {
	return (&url.URL{}).JoinPath(group, "namespaces", c.namespace, resource, name).String()
}

// Call makes one request and decodes the reply into out.
func (c *Kubernetes) Call(ctx context.Context, op Operation, r Request, out any) error {
	target := c.base.JoinPath(r.Path) // #nosec G125 -- names are checked with the configuration
	target.RawQuery = r.Query
	// A path in the kubeconfig's address is a gateway's, and none of the page's business.
	shown := (&url.URL{Scheme: c.base.Scheme, Host: c.base.Host}).JoinPath(r.Path).String()
	return c.trace.step(ctx, op, shown, func(ctx context.Context) error {
		req, err := r.to(ctx, target.String())
		if err != nil {
			return err
		}
		if c.plugin != nil {
			if err := c.plugin.authenticate(ctx, req, c.dialer); err != nil {
				return err
			}
		}
		reply, err := c.http.RoundTrip(req)
		if err != nil {
			return c.dialer.explain(err)
		}
		defer c.end(reply.Body)
		if reply.StatusCode != http.StatusOK && reply.StatusCode != http.StatusCreated {
			refused := reason.Errorf(kubeReason(reply, r.Path), "got status %d, want 200", reply.StatusCode)
			return r.judge(Refusal{Status: reply.StatusCode}, refused)
		}
		if !isJSON(reply) {
			return reason.Errorf(reason.MalformedResponse, "got a reply that is not JSON")
		}
		return decode(reply, out)
	})
}

// maxRest is how much of a reply is read for nothing but its end, in bytes.
const maxRest = 16 << 10

// end ends the reading of a reply. A connection is used again only where that was
// read to its end, which a refusal, or a list behind its last item, was not.
func (c *Kubernetes) end(body io.ReadCloser) {
	if c.open != nil {
		_, _ = io.CopyN(io.Discard, body, maxRest)
	}
	_ = body.Close()
}

func isJSON(reply *http.Response) bool {
	return strings.HasPrefix(reply.Header.Get("Content-Type"), "application/json")
}

// streamed is decoded while it arrives: of a list, one item at a time.
type streamed interface{ decode(io.Reader) error }

// decode tells a reply that was cut off from one that never was JSON.
func decode(reply *http.Response, out any) error {
	err := error(nil)
	if list, ok := out.(streamed); ok {
		err = list.decode(reply.Body)
	} else {
		err = decodeWhole(reply, out)
	}
	if err == io.EOF || err != nil && reason.Of(err) == reason.Internal { // bare: the end of a body, not of a connection
		return reason.Errorf(reason.MalformedResponse, "got a reply that is not the object's JSON")
	}
	return err
}

// decodeWhole reads an object before it decodes it: it may be a Secret, and the
// buffers of a json.Decoder cannot be overwritten.
func decodeWhole(reply *http.Response, out any) error {
	raw, err := readWhole(reply, int(objectLimits.bytes))
	defer clear(raw)
	if err != nil {
		return err
	}
	err = json.Unmarshal(raw, out)
	var syntax *json.SyntaxError
	if len(raw) > 0 && errors.As(err, &syntax) && syntax.Offset >= int64(len(raw)) {
		return io.ErrUnexpectedEOF // it ends in the middle
	}
	return err
}

func kubeReason(reply *http.Response, path string) reason.Reason {
	switch status := reply.StatusCode; {
	case status == http.StatusUnauthorized:
		return reason.Unauthorized
	case status == http.StatusForbidden:
		return reason.Forbidden
	case status == http.StatusNotFound:
		return missing(reply, path)
	case status == http.StatusTooManyRequests:
		return reason.RateLimited
	case status >= 500:
		return reason.HTTP5xx
	}
	return reason.HTTPUnexpected
}

// missing tells an object that is not there, which Kubernetes names in its
// answer, from a kind that is not served, of which it says so in plain text or
// names nothing. Its own kinds are served by every Kubernetes.
func missing(reply *http.Response, path string) reason.Reason {
	raw, err := io.ReadAll(io.LimitReader(reply.Body, 16<<10))
	if err != nil {
		return reason.Of(err)
	}
	var said struct {
		Kind    string
		Details struct{ Name string }
	}
	status := json.Unmarshal(raw, &said) == nil && said.Kind == "Status"
	extension := strings.HasPrefix(strings.TrimPrefix(path, "/"), "apis/") && !strings.Contains(path, "apis/batch/")
	switch {
	case status && (said.Details.Name != "" || !extension):
		return reason.NotFound
	case extension:
		return reason.APIMissing
	}
	return reason.MalformedResponse
}
