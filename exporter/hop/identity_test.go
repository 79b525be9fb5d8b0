package hop_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// TestAnotherVaultAtTheSameAddress stayed green: a NAS installed anew, or a
// wrong DNS entry.
func TestAnotherVaultAtTheSameAddress(t *testing.T) {
	var cluster atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"initialized":true,"sealed":false,"cluster_id":%q}`, cluster.Load())
	}))
	defer server.Close()
	for name, check := range map[string]hop.Check{
		"nas":  hop.NASVault(upstream.NASVault(config.Vault{Address: server.URL}), ""),
		"main": hop.MainVault(upstream.MainVault(config.Vault{Address: server.URL})),
	} {
		for _, step := range []struct {
			id   string
			want reason.Reason
		}{{"a", ""}, {"a", ""}, {"", ""}, {"b", reason.OtherVault}, {"b", reason.OtherVault}, {"a", ""}} {
			cluster.Store(step.id)
			if _, err := check(t.Context()); reason.Of(err) != step.want {
				t.Errorf("%s, cluster %q: got %v, want reason %q", name, step.id, err, step.want)
			}
		}
	}
}

// TestTheTrueVaultIsNotCalledAnother: an exporter that was started while another
// Vault stood in its place did so for ever, once the true one was back.
func TestTheTrueVaultIsNotCalledAnother(t *testing.T) {
	var cluster atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/v1/sys/health":
			fmt.Fprintf(w, `{"initialized":true,"sealed":false,"cluster_id":%q}`, cluster.Load())
		case cluster.Load() == "true":
			fmt.Fprint(w, `{"data":{"data":{"token":"hvs.EXAMPLEexampleEXAMPLEex"},"metadata":{"version":1}}}`)
		default:
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"errors":["permission denied"]}`)
		}
	}))
	defer server.Close()
	own := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(own, []byte("hvs.OWNownOWNownOWNownOWN001\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := config.Flow{NAS: config.NAS{Vault: &config.Vault{
		Address: server.URL, Auth: &config.Auth{TokenFile: own}, KV: &config.KV{Mount: "secret", Path: "tokens/root", Field: "token"},
	}}}
	checks := hop.Build(f, nil)
	for i, step := range []struct {
		id   string
		want reason.Reason
	}{{"stranger", ""}, {"stranger", ""}, {"true", ""}, {"true", ""}, {"stranger", reason.OtherVault}, {"true", ""}} {
		cluster.Store(step.id)
		_, err := checks[0].Check(t.Context())
		if reason.Of(err) != step.want {
			t.Errorf("step %d, cluster %q: got %v, want reason %q", i, step.id, err, step.want)
		}
		if _, err := checks[1].Check(t.Context()); (err == nil) != (step.id == "true") {
			t.Errorf("step %d, reading at cluster %q: got %v", i, step.id, err)
		}
	}
}

// TestTheCheckDoesNotUseUpTheToken: each lookup of a token with a number of
// uses is one.
func TestTheCheckDoesNotUseUpTheToken(t *testing.T) {
	var looks atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/auth/token/lookup-self" {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"data":{"token":"aHZzLkVYQU1QTEUwbGltaXRlZDBFWEFNUExFMA=="}}`)
			return
		}
		looks.Add(1)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"data":{"ttl":60,"policies":["default"],"num_uses":2}}`)
	}))
	defer server.Close()
	check := hop.Token(upstream.NASVault(config.Vault{Address: server.URL}), upstream.MainCluster(kubernetesAt(t, server.URL)))
	for range 3 {
		if _, err := check(t.Context()); reason.Of(err) != reason.LimitedUses {
			t.Errorf("got %v, want reason %q", err, reason.LimitedUses)
		}
	}
	if got := looks.Load(); got != 1 {
		t.Errorf("got %d looks at the token, want 1", got)
	}
}

// TestSecretWithANewline was called good, although applications take the
// newline for a part of the token.
func TestSecretWithANewline(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"data":{"token":"aHZzLkVYQU1QTEUwZXhhbXBsZTBFWEFNUExFMAo="}}`)
	}))
	defer server.Close()
	reading, err := hop.K8sSecret(upstream.MainCluster(kubernetesAt(t, server.URL)))(t.Context())
	if reason.Of(err) != reason.Padded || reading.Token.Reveal() != example {
		t.Errorf("got %v, want reason %q and the token without the newline", err, reason.Padded)
	}
}

func kubernetesAt(t *testing.T, address string) config.Kubernetes {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	content := fmt.Sprintf(`{"current-context":"x","clusters":[{"name":"x","cluster":{"server":%q}}],"contexts":[{"name":"x","context":{"cluster":"x"}}]}`, address)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Kubernetes{
		Kubeconfig: path, Namespace: "nas-integration",
		Secret: &config.Secret{Name: "nas-vault-token", Keys: []string{"token"}},
	}
}
