//go:build pact

package contracts_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	"homelab.io/vault-health-exporter/contracts"
)

// access is how to reach a provider in its present state: where it is, and
// what takes the place of the examples in a pact.
type access struct {
	base      *url.URL
	transport http.RoundTripper
	// header replaces headers that the request has.
	header map[string]string
	// path replaces parts of the path.
	path map[string]string
	// body replaces values of the JSON body's top level that it has.
	body map[string]string
	// untyped drops the type of a body, which Vault needs of a PATCH only.
	untyped bool
	// redact keeps the provider's secrets from the verifier, which prints what
	// does not match.
	redact bool
	// instead answers in the provider's place.
	instead http.Handler
}

// ServeHTTP implements http.Handler: it forwards a pact's request with real
// credentials.
func (a access) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.instead != nil {
		a.instead.ServeHTTP(w, r)
		return
	}
	if a.base == nil {
		http.Error(w, "the provider's state was not entered", http.StatusBadGateway)
		return
	}
	proxy := &httputil.ReverseProxy{Transport: a.transport, Rewrite: a.rewrite}
	if a.redact && r.Method != http.MethodHead {
		proxy.ModifyResponse = redactReply
	}
	proxy.ServeHTTP(w, r)
}

func (a access) rewrite(r *httputil.ProxyRequest) {
	r.SetURL(a.base)
	for name, value := range a.header {
		if r.Out.Header.Get(name) != "" {
			r.Out.Header.Set(name, value)
		}
	}
	for example, real := range a.path {
		r.Out.URL.Path = strings.ReplaceAll(r.Out.URL.Path, example, real)
	}
	if a.untyped && r.Out.Method != http.MethodPatch {
		r.Out.Header.Del("Content-Type")
	}
	if len(a.body) > 0 && r.In.ContentLength > 0 {
		a.rewriteBody(r.Out)
	}
}

func (a access) rewriteBody(r *http.Request) {
	raw, _ := io.ReadAll(r.Body) // a short one is not JSON
	var fields map[string]any
	if json.Unmarshal(raw, &fields) == nil {
		for name, value := range a.body {
			if _, ok := fields[name]; ok {
				fields[name] = value
			}
		}
		raw, _ = json.Marshal(fields) // which was JSON before
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
}

// inFront is what answers in a Vault's place in some states.
var inFront = map[contracts.State]http.Handler{
	contracts.VaultReplaced:     answering(http.StatusOK, "Content-Type", "text/html; charset=utf-8", contracts.SignInPage),
	contracts.VaultBehindMesh:   answering(http.StatusForbidden, "Content-Type", "text/plain", contracts.MeshRefusal),
	contracts.VaultBehindSignOn: answering(http.StatusFound, "Location", contracts.SignOn, ""),
}

func answering(status int, header, value, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(header, value)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// unmounted asks for a secret where no engine is.
var unmounted = map[string]string{"/v1/secret/": "/v1/no-such-mount/"}

// Where the states put what no provider begins with.
const (
	flat  = "flat" // an engine of KV version 1
	quota = "sys/quotas/rate-limit/contract"
)

// elsewhere is where the secret is asked for instead, in states that the mount
// of the secret is never put into itself.
var elsewhere = map[contracts.State]map[string]string{
	contracts.SecretFlat:      {"/v1/secret/data/": "/v1/" + flat + "/"},
	contracts.SecretNotFlat:   {"/v1/secret/": "/v1/" + flat + "/"},
	contracts.SecretUnmounted: unmounted,
}
