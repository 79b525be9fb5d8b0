package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"

	vault "github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// Vault is a Vault API client for one check. It never retries: a retry
// would hide the flap that the exporter is here to count.
type Vault struct {
	api    *vault.Client
	http   *http.Client
	dialer *dialer
	target string
	auth   *config.Auth
	trace  *Trace
}

// OpenVault makes the client. endpoint names the server's certificate; what the
// client does and meets goes into trace.
func OpenVault(cfg config.Vault, endpoint string, trace *Trace) (*Vault, error) {
	d := &dialer{endpoint: endpoint}
	if strings.HasPrefix(cfg.Address, "https://") {
		tlsConfig, _, err := clientTLS(cfg.TLS)
		if err != nil {
			return nil, err
		}
		d.tls = tlsConfig
	}
	client := &http.Client{Transport: guard{next: d.transport(), redirected: reason.Standby}}
	api, err := vault.NewClient(&vault.Config{
		Address:    cfg.Address,
		HttpClient: client,
		MaxRetries: 0,
	})
	if err != nil {
		return nil, reason.Errorf(reason.Config, "making a Vault client for %q", cfg.Address)
	}
	// The library reads VAULT_TOKEN and VAULT_NAMESPACE; only the file counts here.
	api.ClearToken()
	api.SetNamespace(cfg.Namespace)
	return &Vault{api: api, http: client, dialer: d, target: cfg.Address, auth: cfg.Auth, trace: trace}, nil
}

// Close ends the client's connections and notes the certificate that it met.
func (c *Vault) Close() {
	c.api.ClearToken()
	c.http.CloseIdleConnections()
	c.dialer.note(c.trace)
}

// request runs one step, with Vault's and the network's errors given reasons.
func (c *Vault) request(ctx context.Context, op Operation, call func(context.Context) error) error {
	return c.trace.step(ctx, op, c.target, func(ctx context.Context) error {
		return vaultError(c.dialer.explain(call(ctx)))
	})
}

// UseToken makes t the token of the client's requests.
func (c *Vault) UseToken(t token.Token) { c.api.SetToken(t.Reveal()) }

// Login makes the program's own token that of the client's requests. Without
// auth it does nothing: a Vault Agent in front adds its own.
func (c *Vault) Login(ctx context.Context) error {
	if c.auth == nil {
		return nil
	}
	if c.auth.Kubernetes != nil {
		return c.request(ctx, OpVaultLogin, c.loginKubernetes)
	}
	raw, err := readCapped(c.auth.TokenFile)
	if err != nil {
		return reason.Errorf(reason.Config, "reading the token file %q", c.auth.TokenFile)
	}
	own, err := token.Parse(raw)
	if err != nil {
		return reason.Errorf(reason.Config, "reading the token file %q: got no well-formed token", c.auth.TokenFile)
	}
	defer own.Destroy()
	c.UseToken(own)
	return nil
}

func (c *Vault) loginKubernetes(ctx context.Context) error {
	auth := c.auth.Kubernetes
	jwt, err := readCapped(auth.JWTFile)
	if err != nil {
		return reason.Errorf(reason.Config, "reading the JWT file %q", auth.JWTFile)
	}
	defer clear(jwt)
	secret, err := c.api.Logical().WriteWithContext(ctx, "auth/"+auth.Mount+"/login", map[string]any{
		"role": auth.Role, "jwt": strings.TrimSpace(string(jwt)),
	})
	if err != nil {
		return err
	}
	if secret == nil || secret.Auth == nil || secret.Auth.ClientToken == "" {
		return reason.Errorf(reason.MalformedResponse, "logging in with role %q: got no token", auth.Role)
	}
	c.api.SetToken(secret.Auth.ClientToken)
	return nil
}

// vaultError gives an error of the API library a reason. It reads Vault's
// messages to tell a sealed Vault from a broken one, and drops them.
func vaultError(err error) error {
	var (
		reply  *vault.ResponseError
		syntax *json.SyntaxError
		shape  *json.UnmarshalTypeError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &reply):
		return reason.Errorf(statusReason(reply), "got status %d, want 200", reply.StatusCode)
	case errors.As(err, &syntax), errors.As(err, &shape), err == io.EOF: // bare: the end of a body, not of a connection
		return reason.Errorf(reason.MalformedResponse, "got a reply that is not Vault's JSON")
	}
	return err
}

func statusReason(reply *vault.ResponseError) reason.Reason {
	said := strings.Join(reply.Errors, "\n")
	switch code := reply.StatusCode; {
	case code == http.StatusServiceUnavailable && strings.Contains(said, "sealed"):
		return reason.Sealed
	case strings.Contains(said, "not initialized"):
		return reason.Uninitialized
	case strings.Contains(said, "standby"):
		return reason.Standby
	case code == http.StatusForbidden:
		return reason.Forbidden
	case code == http.StatusUnauthorized:
		return reason.Unauthorized
	case code == http.StatusNotFound, code == http.StatusBadRequest && namesNothing(said):
		return reason.NotFound
	case code == http.StatusTooManyRequests:
		return reason.RateLimited
	case code >= 500:
		return reason.HTTP5xx
	}
	return reason.HTTPUnexpected
}

// namesNothing reports whether Vault says that a role of the engine pki or a key
// of the engine transit is not there, for which it has no status of its own.
func namesNothing(said string) bool {
	return strings.HasPrefix(said, "unknown role: ") || said == "encryption key not found"
}

// readCapped reads a small file whole; a longer one is cut one byte past the
// cap, so that its parser refuses it.
func readCapped(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	buf := make([]byte, 4*token.MaxBytes) // a projected ServiceAccount token is longer than a Vault token
	n := 0
	for n < len(buf) {
		read, err := file.Read(buf[n:])
		n += read
		if err != nil {
			break
		}
	}
	return buf[:n], nil
}
