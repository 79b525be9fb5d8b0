package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	vault "github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// MethodList is Vault's own method.
const MethodList = "LIST"

// Call makes one request below /v1 with the client's token and decodes the
// reply into out, unless out is nil.
func (c *Vault) Call(ctx context.Context, op Operation, r Request, out any) error {
	return c.request(ctx, op, func(ctx context.Context) error {
		reply, err := c.send(ctx, c.http, r)
		if err != nil {
			return err
		}
		defer reply.Body.Close()
		if out == nil {
			return nil
		}
		return json.NewDecoder(reply.Body).Decode(out)
	})
}

// Download streams the reply to a GET below /v1 to w. It is capped at limit
// bytes and not at the size of an answer. Whether it is whole is for the reader
// of w to verify: the stream itself may end early.
func (c *Vault) Download(ctx context.Context, op Operation, path string, w io.Writer, limit int64) error {
	return c.request(ctx, op, func(ctx context.Context) error {
		transport := c.dialer.transport()
		defer transport.CloseIdleConnections()
		reply, err := c.send(ctx, &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}, Request{Method: http.MethodGet, Path: path})
		if err != nil {
			return err
		}
		defer reply.Body.Close()
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

// send returns the reply to a request that was not refused.
func (c *Vault) send(ctx context.Context, client *http.Client, r Request) (*http.Response, error) {
	target, err := url.Parse(c.target)
	if err != nil {
		return nil, reason.Errorf(reason.Config, "making a request for %q", c.target)
	}
	req, err := r.to(ctx, c.target)
	if err != nil {
		return nil, err
	}
	req.URL = target
	req.URL.Path = strings.TrimSuffix(target.Path, "/") + "/v1/" + r.Path
	if r.Method == MethodList {
		req.Method, req.URL.RawQuery = http.MethodGet, "list=true" // which proxies know
	}
	maps.Copy(req.Header, c.api.Headers())
	if token := c.api.Token(); token != "" {
		req.Header.Set("X-Vault-Token", token)
	}
	reply, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if reply.StatusCode < 300 {
		return reply, nil
	}
	defer reply.Body.Close()
	if reply.StatusCode < 400 {
		return nil, reason.Errorf(reason.Standby, "got status %d, a redirect", reply.StatusCode)
	}
	reply.Body = &cappedBody{ReadCloser: reply.Body, limits: objectLimits}
	err = (&vault.Response{Response: reply}).Error()
	var refused *vault.ResponseError
	if errors.As(err, &refused) {
		err = r.judge(Refusal{Status: refused.StatusCode, said: strings.Join(refused.Errors, "\n")}, err)
	}
	return nil, err
}
