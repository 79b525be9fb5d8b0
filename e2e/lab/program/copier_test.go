package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// kv is just enough of KV v2 to be read or written.
type kv struct {
	status  int
	token   string
	written []string
}

func (k *kv) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if k.status != 0 {
		http.Error(w, `{"errors":["broken"]}`, k.status)
		return
	}
	if r.Method == http.MethodPut {
		var body struct{ Data map[string]string }
		_ = json.NewDecoder(r.Body).Decode(&body)
		k.written = append(k.written, body.Data["token"])
		fmt.Fprintf(w, `{"data":{"version":%d}}`, len(k.written))
		return
	}
	fmt.Fprintf(w, `{"data":{"data":{"token":%q},"metadata":{"version":1}}}`, k.token)
}

func TestCopier(t *testing.T) {
	nas, main := &kv{token: "hvs.first"}, &kv{}
	c := newCopier(t, nas, main)
	steps := []struct {
		name    string
		change  func()
		written string
		failure string
	}{
		{"the first copy", func() {}, "hvs.first", ""},
		{"nothing new", func() {}, "hvs.first", ""},
		{"an outage of the NAS", func() { nas.status = http.StatusServiceUnavailable }, "hvs.first", "reading the token from the NAS Vault"},
		{"a rotation", func() { nas.status, nas.token = 0, "hvs.second" }, "hvs.first hvs.second", ""},
		{"an empty token", func() { nas.token = "" }, "hvs.first hvs.second", `got no field "token"`},
		{"an outage of the main Vault", func() { nas.token, main.status = "hvs.third", http.StatusForbidden }, "hvs.first hvs.second", "writing the token to the main Vault"},
		{"its end", func() { main.status = 0 }, "hvs.first hvs.second hvs.third", ""},
	}
	for _, step := range steps {
		step.change()
		err := c.copy(t.Context())
		switch {
		case step.failure == "" && err != nil:
			t.Errorf("%s: %v", step.name, err)
		case step.failure != "" && (err == nil || !strings.Contains(err.Error(), step.failure)):
			t.Errorf("%s: got error %v, want one with %q", step.name, err, step.failure)
		case err != nil && strings.Contains(err.Error(), "hvs."):
			t.Errorf("%s: got an error with a token in it", step.name)
		}
		if got := strings.Join(main.written, " "); got != step.written {
			t.Errorf("%s: wrote %q, want %q", step.name, got, step.written)
		}
	}
}

func newCopier(t *testing.T, nas, main *kv) copier {
	t.Helper()
	token := filepath.Join(t.TempDir(), "token")
	err := os.WriteFile(token, []byte("hvs.our-own\n"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	var c copier
	for prefix, handler := range map[string]*kv{"NAS_VAULT": nas, "MAIN_VAULT": main} {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		t.Setenv(prefix+"_ADDR", server.URL)
		t.Setenv(prefix+"_TOKEN_FILE", token)
		client, err := vaultClient(prefix)
		if err != nil {
			t.Fatal(err)
		}
		if handler == nas {
			c.nas = client
		} else {
			c.main = client
		}
	}
	return c
}
