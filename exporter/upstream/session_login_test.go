package upstream_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// logins is a Vault that gives out tokens and knows which are good.
type logins struct {
	mu    sync.Mutex
	given int
	good  []string
	did   []string // what it was asked for
	shut  bool     // the role may no longer log in
}

// ServeHTTP implements http.Handler.
func (l *logins) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	shown := r.Header.Get("X-Vault-Token")
	switch known := slices.Index(l.good, shown); {
	case r.URL.Path == "/v1/auth/kubernetes/login" && l.shut:
		http.Error(w, `{"errors":["invalid role name"]}`, http.StatusBadRequest)
	case r.URL.Path == "/v1/auth/kubernetes/login":
		l.given++
		name := fmt.Sprintf("hvs.EXAMPLE%d", l.given)
		l.good, l.did = append(l.good, name), append(l.did, "login")
		_, _ = fmt.Fprintf(w, `{"auth":{"client_token":%q,"token_type":"service"}}`, name)
	case known < 0:
		l.did = append(l.did, "refused")
		http.Error(w, `{"errors":["permission denied"]}`, http.StatusForbidden)
	case r.URL.Path == "/v1/auth/token/revoke-self":
		l.good, l.did = slices.Delete(l.good, known, known+1), append(l.did, "logout")
	default:
		l.did = append(l.did, "used")
		_, _ = w.Write([]byte(`{}`))
	}
}

// revoke makes every token bad.
func (l *logins) revoke() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.good = nil
}

func (l *logins) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shut = true
}

// told returns what was asked for since it was told last.
func (l *logins) told() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	did := l.did
	l.did = nil
	return did
}

// TestALoginIsReused up to a cold check, which replaces it; one that was revoked
// is made anew, and the last one ends with the flow.
func TestALoginIsReused(t *testing.T) {
	var all logins
	server := httptest.NewServer(&all)
	defer server.Close()
	file := filepath.Join(t.TempDir(), "jwt")
	if err := os.WriteFile(file, []byte(jwt), 0o600); err != nil {
		t.Fatal(err)
	}
	vault := upstream.NASVault(config.Vault{Address: server.URL, Auth: &config.Auth{
		Kubernetes: &config.KubernetesAuth{Mount: "kubernetes", Role: "exporter", JWTFile: file},
	}})
	vault.Reuse(nil)
	cold := upstream.Cold(t.Context())
	nothing := func() {}
	for _, step := range []struct {
		what   string
		before func()
		ctx    context.Context
		did    []string
		want   reason.Reason
	}{
		{"the first", nothing, t.Context(), []string{"login", "used"}, ""},
		{"warm", nothing, t.Context(), []string{"used"}, ""},
		{"cold", nothing, cold, []string{"login", "used", "logout"}, ""},
		{"warm again", nothing, t.Context(), []string{"used"}, ""},
		{"revoked", all.revoke, t.Context(), []string{"refused", "login", "used", "refused"}, ""},
		{"made anew", nothing, t.Context(), []string{"used"}, ""},
		{"the role is gone", all.close, t.Context(), []string{"used"}, ""},
		{"as the next cold check finds", nothing, cold, nil, reason.Forbidden},
		{"and so does who is refused", all.revoke, t.Context(), []string{"refused"}, reason.Forbidden},
	} {
		step.before()
		_, err := use(step.ctx, vault)
		if diff := cmp.Diff(step.did, all.told()); diff != "" || reason.Of(err) != step.want {
			t.Errorf("%s: got %v, want reason %q, and (-want +did):\n%s", step.what, err, step.want, diff)
		}
	}
	all.mu.Lock()
	all.shut = false
	all.mu.Unlock()
	if _, err := use(cold, vault); err != nil {
		t.Fatal(err)
	}
	vault.End(t.Context())
	if len(all.good) != 0 {
		t.Errorf("got %d logins left after the end, want none", len(all.good))
	}
}
