package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/url"
	"path"
	"sync"

	vault "github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// MethodList is Vault's own method.
const MethodList = "LIST"

// Call makes one request below /v1 with the client's token and decodes the
// reply into out, unless out is nil.
func (c *Vault) Call(ctx context.Context, op Operation, r Request, out any) error {
	return c.ask(ctx, op, r, int(objectLimits.bytes), func(a answer) error {
		err := a.refused(r)
		if err != nil || out == nil {
			return err
		}
		return a.decode(out)
	})
}

// ask makes one request below /v1 and judges the whole reply, which may have
// limit bytes and is overwritten afterwards. A login of an earlier check that is
// refused may have ended since: then the client logs in, and asks again.
func (c *Vault) ask(ctx context.Context, op Operation, r Request, limit int, judge func(answer) error) error {
	var status int
	judged := func(a answer) error {
		status = a.status
		return judge(a)
	}
	err := c.askOnce(ctx, op, r, limit, judged)
	if !c.borrowed || status != http.StatusForbidden {
		return err
	}
	c.given(token.Token{})
	if err := c.loginKubernetes(ctx, *c.auth.Kubernetes); err != nil {
		return err
	}
	return c.askOnce(ctx, op, r, limit, judge)
}

func (c *Vault) askOnce(ctx context.Context, op Operation, r Request, limit int, judge func(answer) error) error {
	return c.request(ctx, op, func(ctx context.Context) error {
		reply, err := c.send(ctx, r)
		if err != nil {
			return err
		}
		defer reply.Body.Close()
		body, err := readWhole(reply, limit)
		defer clear(body)
		if err != nil {
			return err
		}
		return judge(answer{status: reply.StatusCode, body: body})
	})
}

// Download streams the reply to a GET below /v1 to w. It is capped at limit
// bytes and not at the size of an answer. Whether it is whole is for the reader
// of w to verify: the stream itself may end early.
func (c *Vault) Download(ctx context.Context, op Operation, path string, w io.Writer, limit int64) error {
	return c.request(ctx, op, func(ctx context.Context) error {
		r := Request{Method: http.MethodGet, Path: path}
		room := limits{bytes: max(limit, maxObjectBytes) + 1, values: math.MaxInt} // also for a refusal
		reply, err := c.send(withLimits(ctx, room), r)
		if err != nil {
			return err
		}
		defer reply.Body.Close()
		if reply.StatusCode >= 300 {
			body, err := readWhole(reply, maxObjectBytes)
			defer clear(body)
			if err != nil {
				return err
			}
			return answer{status: reply.StatusCode, body: body}.refused(r)
		}
		written, err := io.Copy(w, io.LimitReader(reply.Body, limit+1))
		switch {
		case err != nil:
			return err
		case written > limit:
			return reason.Errorf(reason.Oversize, "got more than %d bytes", limit)
		}
		return nil
	})
}

// send returns the reply to a request, whatever its status, unless it points
// elsewhere.
func (c *Vault) send(ctx context.Context, r Request) (*http.Response, error) {
	req, body, err := c.newRequest(ctx, r)
	if err != nil {
		return nil, err
	}
	defer clear(body)
	reply, err := c.http.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if reply.StatusCode >= 300 && reply.StatusCode < 400 {
		_ = reply.Body.Close()
		return nil, redirected(req, reply)
	}
	return reply, nil
}

// newRequest also returns what the request's body is a copy of.
func (c *Vault) newRequest(ctx context.Context, r Request) (*http.Request, []byte, error) {
	request := vault.Request{
		Method:      r.Method,
		URL:         &url.URL{Scheme: c.base.Scheme, Host: c.base.Host, Path: path.Join("/", c.base.Path, "v1", r.Path)},
		Host:        c.base.Host,
		Headers:     http.Header{vault.RequestHeaderName: {"true"}},
		ClientToken: c.token.Reveal(),
	}
	query := r.Query
	if r.Method == MethodList {
		request.Method, query = http.MethodGet, "list=true" // a GET, which proxies know
	}
	if c.namespace != "" && !r.OfServer {
		request.Headers.Set(vault.NamespaceHeaderName, c.namespace)
	}
	body := r.encoded
	if r.Body != nil {
		encoded, err := json.Marshal(r.Body)
		if err != nil {
			return nil, nil, reason.Errorf(reason.Internal, "encoding the request to %q", c.target)
		}
		body = encoded
	}
	req, err := request.ToHTTP()
	if err != nil {
		return nil, nil, reason.Errorf(reason.Config, "making a request for %q", c.target)
	}
	req.URL.RawQuery = query
	if body != nil {
		req.Body, req.ContentLength = copied(body), int64(len(body))
		req.Header.Set("Content-Type", r.mediaType())
	}
	return req.WithContext(ctx), body, nil
}

// cleared is a request's body that is overwritten once nobody reads it any more.
// A reply may come before all of it was sent: then net/http closes it while its
// transport reads, and closes it twice.
type cleared struct {
	of          []byte // what it is a copy of, up to the reply
	mu          sync.Mutex
	rest, whole []byte
}

func copied(of []byte) *cleared {
	whole := bytes.Clone(of)
	return &cleared{of: of, rest: whole, whole: whole}
}

// Read implements io.Reader.
func (b *cleared) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// Close implements io.Closer.
func (b *cleared) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rest = nil
	clear(b.whole)
	return nil
}

// redirected says what it means when a Vault points elsewhere. A standby that
// cannot forward a request sends it, without a body, to the same path of the
// active node; everything else is some proxy's.
func redirected(req *http.Request, reply *http.Response) error {
	to, err := reply.Location()
	if err == nil && reply.StatusCode == http.StatusTemporaryRedirect && reply.ContentLength == 0 &&
		to.Scheme == req.URL.Scheme && to.Host != req.URL.Host && to.Path == req.URL.Path {
		return reason.Errorf(reason.Standby, "got status %d, a standby's redirect to the active node", reply.StatusCode)
	}
	return reason.Errorf(reason.Redirected, "got status %d, a redirect", reply.StatusCode)
}
