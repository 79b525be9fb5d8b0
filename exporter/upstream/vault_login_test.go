package upstream_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

const jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."

func login(t *testing.T, address, content string) error {
	t.Helper()
	file := filepath.Join(t.TempDir(), "jwt")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	auth := &config.Auth{Kubernetes: &config.KubernetesAuth{Mount: "kubernetes", Role: `the "role"`, JWTFile: file}}
	var trace upstream.Trace
	client, err := upstream.OpenVault(config.Vault{Address: address, Auth: auth}, "", &trace)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	return client.Login(t.Context())
}

func TestLogin(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]string
		if json.NewDecoder(r.Body).Decode(&body) != nil || body["jwt"] != jwt || body["role"] != `the "role"` {
			t.Error("got a body without the JWT and the role")
		}
		_, _ = io.WriteString(w, `{"auth":{"client_token":"`+said+`"}}`)
	}))
	defer server.Close()
	if err := login(t, server.URL, jwt+"\n"); err != nil {
		t.Error(err)
	}
	for _, content := range []string{"", "\n", "two words", `a"b`, "a\\b", "\xef\xbb\xbf" + jwt} {
		if err := login(t, server.URL, content); reason.Of(err) != reason.Config {
			t.Errorf("%q: got %v, want reason %q", content, err, reason.Config)
		}
	}
}

// TestLoginRefused: Vault says with status 500 that a JWT is not good, and so
// it does that Kubernetes did not answer.
func TestLoginRefused(t *testing.T) {
	for _, tc := range []struct {
		status int
		body   string
		want   reason.Reason
	}{
		{500, `{"errors":["claim \"iss\" is invalid"]}`, reason.Forbidden},
		{500, `{"errors":["lookup failed: service account unauthorized; this could mean it has been deleted or recreated with a new token"]}`, reason.Forbidden},
		{400, `{"errors":["invalid role name \"x\""]}`, reason.Forbidden},
		{403, `{"errors":["service account name not authorized"]}`, reason.Forbidden},
		{500, `{"errors":["Post \"https://10.43.0.1:443/apis/authentication.k8s.io/v1/tokenreviews\": dial tcp 10.43.0.1:443: connect: connection refused"]}`, reason.HTTP5xx},
		{500, `{"errors":["internal error"]}`, reason.HTTP5xx},
		{500, `<html>invalid`, reason.HTTP5xx},
		{503, `{"errors":["Vault is sealed"]}`, reason.Sealed},
		{403, `RBAC: access denied`, reason.ProxyRefused},
		{200, `{}`, reason.MalformedResponse},
		{200, `{"auth":{"client_token":"two words"}}`, reason.MalformedResponse},
	} {
		err := login(t, answers(t, tc.status, nil, tc.body), jwt)
		if reason.Of(err) != tc.want {
			t.Errorf("%d %s: got %v, want reason %q", tc.status, tc.body, err, tc.want)
		}
		silent(t, err)
	}
}
