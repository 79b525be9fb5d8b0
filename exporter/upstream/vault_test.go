package upstream_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

var discard = log.New(io.Discard, "", 0)

// said is a text that an upstream may say and that nobody may see again.

const said = "hvs.UPSTREAMsaidUPSTREAMsaid"

// answers serves one status and body for everything.

func answers(t *testing.T, status int, header http.Header, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func silent(t *testing.T, error error) {
	t.Helper()
	if error != nil && strings.Contains(fmt.Sprintf("%v %+v %#v", error, error, error), "UPSTREAMsaid") {
		t.Errorf("got upstream's text: %v", error)
	}
}

func ownToken(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(said+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadToken(t *testing.T) {
	secret := func(data, metadata string) string {
		return `{"data":{"data":` + data + `,"metadata":{"version":3,` + metadata + `}}}`
	}
	const live = `"created_time":"2026-01-01T00:00:00Z","deletion_time":"","destroyed":false`
	for _, tc := range []struct {
		name   string
		status int
		body   string
		want   reason.Reason
	}{
		{"healthy", 200, secret(`{"token":"`+said+`"}`, live), ""},
		{"no data", 200, `{"lease_id":""}`, reason.MalformedResponse},
		{"soft-deleted", 404, secret(`null`, `"created_time":"2026-01-01T00:00:00Z","deletion_time":"2026-01-02T00:00:00Z","destroyed":false`), reason.SoftDeleted},
		{"destroyed", 404, secret(`null`, `"created_time":"2026-01-01T00:00:00Z","deletion_time":"","destroyed":true`), reason.Destroyed},
		{"missing", 404, `{"errors":[]}`, reason.NotFound},
		{"another key", 200, secret(`{"tokn":"`+said+`"}`, live), reason.KeyMissing},
		{"a nested value", 200, secret(`{"token":{"a":"`+said+`"}}`, live), reason.Malformed},
		{"empty", 200, secret(`{"token":""}`, live), reason.Empty},
		{"garbage", 200, secret(`{"token":"no token"}`, live), reason.Malformed},
		{"KV v1", 200, `{"data":{"token":"` + said + `"}}`, reason.KVVersion},
		{"forbidden", 403, `{"errors":["permission denied ` + said + `"]}`, reason.Forbidden},
		{"not initialized", 400, `{"errors":["Vault is not initialized"]}`, reason.Uninitialized},
		{"sealed", 503, `{"errors":["Vault is sealed"]}`, reason.Sealed},
		{"broken", 503, said, reason.HTTP5xx},
		{"rate limited", 429, `{"errors":["request path: rate limit quota exceeded"]}`, reason.RateLimited},
		{"standby", 500, `{"errors":["local node not active but active cluster node not found"]}`, reason.Standby},
		{"no active node", 503, `{"errors":["no active Vault instance found"]}`, reason.Standby},
		{"a disaster-recovery secondary", 400, `{"errors":["path disabled in replication DR secondary mode"]}`, reason.Standby},
		{"no such mount", 404, `{"errors":["no handler for route \"secret/data/tokens/root\". route entry not found."]}`, reason.MountMissing},
		{"no such namespace, at OpenBao", 404, `{"errors":["namespace not found"]}`, reason.MountMissing},
		{"a sealed namespace, at OpenBao", 503, `{"errors":["namespace is sealed"]}`, reason.Sealed},
		{"a proxy's 404", 404, "404 page not found", reason.ProxyRefused},
		{"a proxy's 403 in JSON", 403, `{"message":"forbidden","sealed":"is sealed"}`, reason.ProxyRefused},
		{"a gateway's 503 in JSON", 503, `{"message":"Vault is sealed"}`, reason.HTTP5xx},
		{"an array of objects", 200, `[` + strings.Repeat(`{},`, 1<<20) + `{}]`, reason.MalformedResponse},
		{"a newline behind the token", 200, `{"data":{"data":{"token":"` + said + `\n"},"metadata":{"version":1}}}`, ""},
		{"data that is no object", 200, `{"data":{"data":[{},{}],"metadata":{"version":1}}}`, reason.MalformedResponse},
	} {
		t.Run(tc.name, func(t *testing.T) {
			requests := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests++
				if r.Header.Get("X-Vault-Token") != said || r.URL.Path != "/v1/secret/data/tokens/root" {
					t.Errorf("got path %s, or another token than the file's", r.URL.Path)
				}
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			}))
			defer server.Close()
			var trace upstream.Trace
			client, err := upstream.OpenVault(config.Vault{Address: server.URL, Auth: &config.Auth{TokenFile: ownToken(t)}}, "", &trace)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if err := client.Login(t.Context()); err != nil {
				t.Fatal(err)
			}
			got, _, err := client.ReadToken(t.Context(), config.KV{Mount: "secret", Path: "tokens/root", Field: "token"})
			if reason.Of(err) != tc.want || (err == nil) != (got.Reveal() == said) {
				t.Errorf("got %v, want reason %q", err, tc.want)
			}
			silent(t, err)
			if requests != 1 {
				t.Errorf("got %d requests, want 1: a retry hides a flap", requests)
			}
		})
	}
}

func TestLookupSelf(t *testing.T) {
	applications, err := token.Parse([]byte(said))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		status int
		body   string
		want   reason.Reason
		state  *upstream.TokenState
	}{
		{"root", 200, `{"data":{"ttl":0,"expire_time":null,"policies":["root"]}}`, "", &upstream.TokenState{Valid: true, Root: true}},
		{"with an end", 200, `{"data":{"ttl":60,"expire_time":"2030-01-02T03:04:05Z","policies":["default"]}}`, "", &upstream.TokenState{Valid: true, Expiry: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}},
		{"invalid", 403, `{"errors":["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"]}`, reason.Revoked, &upstream.TokenState{}},
		{"bad", 403, `{"errors":["bad token"]}`, reason.Revoked, &upstream.TokenState{}},
		{"of a namespace that is not there", 500, `{"errors":["error performing token check: failed to look up namespace from the token: no namespace"]}`, reason.Revoked, &upstream.TokenState{}},
		{"bound to other addresses, or unknown at OpenBao", 403, `{"errors":["permission denied"]}`, reason.TokenRefused, nil},
		{"the mesh", 403, "RBAC: access denied", reason.ProxyRefused, nil},
		{"the mesh, in Vault's words", 403, "invalid token", reason.ProxyRefused, nil},
		{"uses left", 200, `{"data":{"ttl":60,"expire_time":null,"policies":["default"],"num_uses":2}}`, reason.LimitedUses, &upstream.TokenState{Valid: true}},
		{"the last use", 200, `{"data":{"ttl":60,"expire_time":null,"policies":["default"],"num_uses":-1}}`, reason.Revoked, &upstream.TokenState{}},
		{"a token in the accessor's place", 200, `{"data":{"ttl":0,"policies":["root"],"accessor":"` + said + `"}}`, "", &upstream.TokenState{Valid: true, Root: true}},
		{"an accessor", 200, `{"data":{"ttl":0,"policies":["root"],"accessor":"0123456789abcdefghijABCD"}}`, "", &upstream.TokenState{Valid: true, Root: true, Accessor: "0123456789abcdefghijABCD"}},
		{"its policies forbid it", 403, `{"errors":["1 error occurred:\n\t* permission denied\n\n"]}`, reason.Policy, nil},
		{"sealed", 503, `{"errors":["Vault is sealed"]}`, reason.Sealed, nil},
		{"no ttl", 200, `{"data":{"policies":["root"]}}`, reason.MalformedResponse, nil},
		{"no policies", 200, `{"data":{"ttl":1}}`, reason.MalformedResponse, nil},
		{"an end that is no time", 200, `{"data":{"ttl":1,"expire_time":"soon","policies":[]}}`, reason.MalformedResponse, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var trace upstream.Trace
			client, err := upstream.OpenVault(config.Vault{Address: answers(t, tc.status, nil, tc.body)}, "", &trace)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			client.UseToken(applications)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			state, err := client.LookupSelf(ctx)
			if reason.Of(err) != tc.want {
				t.Errorf("got %v, want reason %q", err, tc.want)
			}
			if (state == nil) != (tc.state == nil) || state != nil && *state != *tc.state {
				t.Errorf("got state %+v, want %+v", state, tc.state)
			}
		})
	}
}

func TestOwnTokenFileThatIsNoToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	for _, content := range []string{"", "not a token", said + "\n" + said, said + "\x00"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		var trace upstream.Trace
		client, err := upstream.OpenVault(config.Vault{Address: "http://127.0.0.1:1", Auth: &config.Auth{TokenFile: path}}, "", &trace)
		if err != nil {
			t.Fatal(err)
		}
		err = client.Login(t.Context())
		if reason.Of(err) != reason.Config {
			t.Errorf("got %v, want reason %q", err, reason.Config)
		}
		silent(t, err)
	}
}

// TestAnotherVaultHasAnotherIdentity, which is a number that a metric carries.

// TestHealthIsTheServers: OpenBao answers 400 when asked in a namespace, so that

// a healthy one was called broken.

// TestEnvironmentOfTheShell: VAULT_CACERT broke the client, and a wrapping TTL

// would have changed every reply.

func TestEnvironmentOfTheShell(t *testing.T) {
	for name, value := range map[string]string{
		"VAULT_CACERT": "/no/such.pem", "VAULT_SKIP_VERIFY": "perhaps", "VAULT_MAX_RETRIES": "many", "VAULT_HEADERS": "x",
		"VAULT_TOKEN": said, "VAULT_NAMESPACE": "x", "VAULT_WRAP_TTL": "60", "VAULT_ADDR": "https://other:8200", "VAULT_RATE_LIMIT": "x",
	} {
		t.Setenv(name, value)
	}
	var got http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		_, _ = io.WriteString(w, `{"initialized":true,"sealed":false}`)
	}))
	defer server.Close()
	if _, err := health(t, config.Vault{Address: server.URL}); err != nil {
		t.Error(err)
	}
	for name := range got {
		if strings.HasPrefix(name, "X-Vault-") && name != "X-Vault-Request" {
			t.Errorf("got the header %s", name)
		}
	}
}
