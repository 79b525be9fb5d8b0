package upstream

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// Vault is a Vault API client for one check. It never retries: a retry
// would hide the flap that the exporter is here to count.
//
// Requests are made by Vault's own library; its client is not used, because it
// obeys VAULT_* in the environment and keeps tokens and replies in strings.
type Vault struct {
	http      http.RoundTripper // which hands a redirect to its caller, who judges it
	dialer    *dialer
	base      *url.URL
	namespace string
	token     token.Token // the client's own copy
	made      bool        // the token is of a login of this client
	kept      bool        // and Vault keeps it
	borrowed  bool        // the token is of an earlier check's login
	session   *session
	open      *connections
	target    string
	auth      *config.Auth
	trace     *Trace
}

// OpenVault makes the client for a Vault that nothing is kept of. endpoint names
// the server's certificate; what the client does and meets goes into trace.
func OpenVault(cfg config.Vault, endpoint string, trace *Trace) (*Vault, error) {
	return newVaultServer(cfg, endpoint).Open(context.Background(), trace)
}

// Close overwrites the client's token and notes the certificate that it met.
func (c *Vault) Close() {
	c.token.Destroy()
	c.session.done(c.open)
	c.dialer.note(c.trace)
}

// request runs one step, in which the dialer knows best why it failed.
func (c *Vault) request(ctx context.Context, op Operation, call func(context.Context) error) error {
	return c.trace.step(ctx, op, c.target, func(ctx context.Context) error {
		return c.dialer.explain(call(ctx))
	})
}

// UseToken makes a copy of t the token of the client's requests.
func (c *Vault) UseToken(t token.Token) { c.given(t.Clone()) }

// given makes t, which is the client's from now on, the token of its requests.
func (c *Vault) given(t token.Token) {
	c.token.Destroy()
	c.token, c.made, c.kept, c.borrowed = t, false, false, false
}

// Login makes the program's own token that of the client's requests. Without
// auth it does nothing: a Vault Agent in front adds its own.
func (c *Vault) Login(ctx context.Context) error {
	switch {
	case c.auth == nil:
		return nil
	case c.auth.Kubernetes != nil:
		if left, ok := c.session.borrow(ctx); ok {
			c.given(left)
			c.borrowed = true
			return nil
		}
		return c.loginKubernetes(ctx, *c.auth.Kubernetes)
	}
	raw, err := readFile("token file", c.auth.TokenFile, maxCredentialFile)
	if err != nil {
		return err
	}
	own, err := token.ParseOwn(raw)
	if err != nil {
		return reason.Errorf(reason.Config, "reading the token file %q: got %s, want one token", c.auth.TokenFile, strings.ReplaceAll(string(reason.Of(err)), "_", " "))
	}
	c.given(own)
	return nil
}
