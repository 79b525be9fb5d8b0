package upstream_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
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

func TestHealth(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	hangs := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer hangs.Close()
	resets, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer resets.Close()
	go func() {
		for {
			conn, err := resets.Accept()
			if err != nil {
				return
			}
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}
	}()
	for _, tc := range []struct {
		name, address string
		want          reason.Reason
	}{
		{"active", answers(t, 299, nil, `{"initialized":true,"version":"1.21.0"}`), ""},
		{"sealed", answers(t, 299, nil, `{"initialized":true,"sealed":true,"version":"1.21.0"}`), reason.Sealed},
		{"uninitialized", answers(t, 299, nil, `{"sealed":true,"version":"1.21.0"}`), reason.Uninitialized},
		{"standby", answers(t, 299, nil, `{"initialized":true,"standby":true,"version":"1.21.0"}`), reason.Standby},
		{"not a Vault", answers(t, 200, nil, `{}`), reason.MalformedResponse},
		{"a page", answers(t, 200, nil, "<html>"+said), reason.MalformedResponse},
		{"empty", answers(t, 200, nil, ""), reason.MalformedResponse},
		{"500", answers(t, 500, nil, said), reason.HTTP5xx},
		{"a proxy's 502", answers(t, 502, nil, said), reason.HTTP5xx},
		{"418", answers(t, 418, nil, said), reason.HTTPUnexpected},
		{"the mesh", answers(t, 503, http.Header{"Server": {"envoy"}}, "upstream connect error "+said), reason.BreakerOpen},
		{"a 503 of the upstream through the mesh", answers(t, 503, http.Header{"Server": {"envoy"}, "X-Envoy-Upstream-Service-Time": {"3"}}, said), reason.HTTP5xx},
		{"too large", answers(t, 200, nil, `{"version":"`+strings.Repeat("x", 5<<20)+`"}`), reason.MalformedResponse},
		{"a redirect", answers(t, 307, http.Header{"Location": {"http://127.0.0.1:1/"}}, ""), reason.Standby},
		{"nobody listens", gone.URL, reason.ConnectRefused},
		{"hangs", hangs.URL, reason.Timeout},
		{"resets", "http://" + resets.Addr().String(), reason.ConnectionReset},
		{"no TLS there", strings.Replace(answers(t, 200, nil, ""), "http:", "https:", 1), reason.TLSNotTLS},
		{"no such host", "http://vault.invalid:8200", reason.DNS},
	} {
		t.Run(tc.name, func(t *testing.T) {
			trace, err := health(t, config.Vault{Address: tc.address})
			if reason.Of(err) != tc.want {
				t.Errorf("got %v, want reason %q", err, tc.want)
			}
			silent(t, err)
			if len(trace.Steps) != 1 || trace.Steps[0].Reason != tc.want || trace.Steps[0].Target != tc.address {
				t.Errorf("got steps %+v, want one", trace.Steps)
			}
		})
	}
}

func TestVersionIsALabelOnlyWhereItLooksLikeOne(t *testing.T) {
	for version, want := range map[string]string{"1.17.2": "1.17.2", "1.21.0+ent.hsm": "1.21.0+ent.hsm", said: "unknown"} {
		var trace upstream.Trace
		client, err := upstream.OpenVault(config.Vault{Address: answers(t, 200, nil, `{"initialized":true,"version":"`+version+`"}`)}, "", &trace)
		if err != nil {
			t.Fatal(err)
		}
		state, err := client.Health(t.Context())
		if err != nil || state.Version != want {
			t.Errorf("%q: got %+v and %v, want %q", version, state, err, want)
		}
		client.Close()
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
		{"soft-deleted", 404, secret(`null`, `"created_time":"2026-01-01T00:00:00Z","deletion_time":"2026-01-02T00:00:00Z","destroyed":false`), reason.SoftDeleted},
		{"destroyed", 404, secret(`null`, `"created_time":"2026-01-01T00:00:00Z","deletion_time":"","destroyed":true`), reason.Destroyed},
		{"missing", 404, `{"errors":[]}`, reason.NotFound},
		{"another key", 200, secret(`{"tokn":"`+said+`"}`, live), reason.KeyMissing},
		{"a nested value", 200, secret(`{"token":{"a":"`+said+`"}}`, live), reason.Malformed},
		{"empty", 200, secret(`{"token":""}`, live), reason.Empty},
		{"garbage", 200, secret(`{"token":"no token"}`, live), reason.Malformed},
		{"KV v1", 200, `{"data":{"token":"` + said + `"}}`, reason.MalformedResponse},
		{"forbidden", 403, `{"errors":["permission denied ` + said + `"]}`, reason.Forbidden},
		{"sealed", 503, `{"errors":["Vault is sealed"]}`, reason.Sealed},
		{"broken", 503, said, reason.HTTP5xx},
		{"rate limited", 429, `{"errors":["request path: rate limit quota exceeded"]}`, reason.RateLimited},
		{"standby", 500, `{"errors":["local node not active but active cluster node not found"]}`, reason.HTTP5xx},
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
		{"invalid, older Vault", 403, `{"errors":["permission denied"]}`, reason.Revoked, &upstream.TokenState{}},
		{"its policies forbid it", 403, `{"errors":["1 error occurred:\n\t* permission denied\n\n"]}`, reason.Policy, nil},
		{"sealed", 503, `{"errors":["Vault is sealed"]}`, reason.Sealed, nil},
		{"no ttl", 200, `{"data":{"policies":["root"]}}`, reason.MalformedResponse, nil},
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
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
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
	for _, content := range []string{"", "not a token", said + "\n" + said} {
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
