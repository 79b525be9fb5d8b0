package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// loginKubernetes exchanges the ServiceAccount's JWT for a token.
func (c *Vault) loginKubernetes(ctx context.Context, auth config.KubernetesAuth) error {
	body, err := loginBody(auth)
	if err != nil {
		return err
	}
	request := Request{Method: http.MethodPut, Path: "auth/" + auth.Mount + "/login", encoded: body, Judge: loginRefused}
	return c.ask(ctx, OpVaultLogin, request, maxObjectBytes, func(a answer) error {
		if err := a.refused(request); err != nil {
			return err
		}
		var reply struct {
			Auth struct {
				ClientToken token.Text `json:"client_token"`
				Type        string     `json:"token_type"`
			} `json:"auth"`
		}
		defer reply.Auth.ClientToken.Destroy()
		if err := a.decode(&reply); err != nil {
			return err
		}
		own, err := reply.Auth.ClientToken.Token(token.ParseOwn)
		if err != nil {
			return reason.Errorf(reason.MalformedResponse, "logging in with role %q: got no token", auth.Role)
		}
		c.given(own)
		c.made, c.kept = true, reply.Auth.Type == "service"
		return nil
	})
}

// Logout revokes the token that the client's Login made, so that it does not live
// on for as long as its role says after each use. It does nothing where Vault keeps
// none, as of a batch token, and never revokes a token that the client was given.
// Where later checks are to use the login, it revokes the one that they used before.
func (c *Vault) Logout(ctx context.Context) error {
	if !c.made {
		return nil
	}
	over := c.session.leave(login{token: c.token.Clone(), kept: c.kept})
	c.given(over.token)
	if !over.kept {
		return nil
	}
	return c.Call(ctx, OpVaultLogout, Request{Method: http.MethodPut, Path: "auth/token/revoke-self"}, nil)
}

// loginBody writes the request by hand, so that no string holds the JWT.
func loginBody(auth config.KubernetesAuth) ([]byte, error) {
	raw, err := readFile("JWT file", auth.JWTFile, maxCredentialFile)
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	jwt := bytes.TrimSpace(raw)
	if len(jwt) == 0 || bytes.ContainsFunc(jwt, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' }) {
		return nil, reason.Errorf(reason.Config, "reading the JWT file %q: got no JWT", auth.JWTFile)
	}
	role, _ := json.Marshal(auth.Role) // which a string always allows
	body := make([]byte, 0, len(jwt)+len(role)+len(`{"jwt":"","role":}`))
	body = append(append(body, `{"jwt":"`...), jwt...)
	return append(append(append(body, `","role":`...), role...), '}'), nil
}

// loginRefused recognises a login that Vault refuses with another status than
// 403: a role that does not exist is 400, and what is wrong with the JWT, or
// what Kubernetes says of it, is 500. Kubernetes that did not answer is not.
func loginRefused(refusal Refusal) error {
	words := []string{`claim "`, "lookup failed", "invalid", "nauthorized", "service account", "expired", "signature", "JWT"}
	about := refusal.Status == http.StatusBadRequest || refusal.Status == http.StatusInternalServerError
	if !about || !refusal.vaults || refusal.Says("dial tcp") || refusal.usual() != reason.HTTP5xx && refusal.usual() != reason.HTTPUnexpected {
		return nil
	}
	for _, w := range words {
		if strings.Contains(refusal.said, w) {
			return reason.Errorf(reason.Forbidden, "got status %d, a refused login", refusal.Status)
		}
	}
	return nil
}
