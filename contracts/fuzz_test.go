package contracts_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// quiet fails where an error has no reason that names the fault, or quotes the
// input.
func quiet(t *testing.T, err error, input string) {
	t.Helper()
	if err == nil {
		return
	}
	if why := reason.Of(err); why == reason.Internal || !known(why) {
		t.Errorf("got reason %q for %v", why, err)
	}
	for i := 0; i+16 <= len(input); i++ {
		if part := input[i : i+16]; strings.HasPrefix(part, "hvs.") && strings.Contains(err.Error(), part) {
			t.Fatal("the error quotes a token")
		}
	}
}

func FuzzToken(f *testing.F) {
	for _, seed := range []string{"hvs." + canary + "\n", "s." + canary, "", "\xef\xbb\xbfhvs." + canary, "hvs." + canary + "\nhvs." + canary} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := token.Parse([]byte(text))
		if got, want := reason.Of(err), judge(text); got != want {
			t.Errorf("got reason %q, want %q", got, want)
		}
		if (err == nil) == parsed.IsZero() {
			t.Error("got a token and an error, or neither")
		}
		quiet(t, err, text)
	})
}

func FuzzExec(f *testing.F) {
	f.Add("hvs."+canary+"\n", "", 0)
	f.Add("", "cat: /x: No such file or directory\n", 1)
	f.Fuzz(func(t *testing.T, stdout, stderr string, code int) {
		parsed, err := hop.ParseExec(upstream.ExecOutput{ExitCode: code, Stdout: []byte(stdout), Stderr: []byte(stderr)})
		if code != 0 && !parsed.IsZero() {
			t.Error("got a token from a command that failed")
		}
		quiet(t, err, stdout+stderr)
	})
}

func FuzzVaultReply(f *testing.F) {
	f.Add(200, `{"data":{"data":{"token":"hvs.`+canary+`"},"metadata":{"version":1}}}`)
	f.Add(404, `{"data":{"data":null,"metadata":{"version":1,"deletion_time":"2026-01-02T03:04:05Z"}}}`)
	f.Add(503, `{"errors":["Vault is sealed"]}`)
	f.Add(299, `{"initialized":true,"sealed":true,"version":"1.21.0"}`)
	f.Add(200, `{"data":{"ttl":1,"expire_time":"2026-01-02T03:04:05Z","policies":["root"]}}`)
	r := newResponder(f)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return // no status of a final answer
		}
		r.status, r.contentType, r.body = status, "application/json", body
		_, err := r.readKV()
		quiet(t, err, body)
		quiet(t, r.lookup(), body)
		quiet(t, r.health(), body)
	})
}

func FuzzSecret(f *testing.F) {
	f.Add(`{"data":{"token":"aHZzLkNBTkFSWWNhbmFyeUNBTkFSWTAx","QNAP_VAULT_TOKEN":"aHZzLkNBTkFSWWNhbmFyeUNBTkFSWTAx"}}`)
	f.Add(`{"data":{"token":"!"}}`)
	r := newResponder(f)
	r.status, r.contentType = 200, "application/json"
	secret := r.secretCheck(f)
	f.Fuzz(func(t *testing.T, body string) {
		r.body = body
		_, err := secret(context.Background())
		quiet(t, err, body)
	})
}

func FuzzDockerStream(f *testing.F) {
	f.Add(framed(1, "hvs."+canary+"\n", nil), 0)
	f.Add(framed(2, "cat: /x: Permission denied\n", []uint8{3}), 1)
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 9, 'h'}, 0)
	s := newStream(f)
	read := s.check()
	f.Fuzz(func(t *testing.T, raw []byte, exit int) {
		s.raw, s.exit = raw, exit
		_, err := read(context.Background())
		quiet(t, err, string(raw))
	})
}

func FuzzConfig(f *testing.F) {
	f.Add("flows:\n  - nas: {docker: {host: \"tcp://[::1]:2376\"}}\n")
	f.Add("flows: [{nas: {vault: {address: \"https://vault.lan\"}}}]")
	f.Add("flows:\n---\n")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(dir, "config.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(path)
		if cfg == nil && err == nil {
			t.Error("got neither a configuration nor an error")
		}
	})
}

func FuzzKubeconfig(f *testing.F) {
	f.Add(`{"clusters":[{"name":"c","cluster":{"server":"https://[::1]:6443"}}],"contexts":[{"name":"c","context":{"cluster":"c"}}],"current-context":"c"}`)
	f.Add("a: [")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(dir, "kubeconfig")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		client, err := upstream.OpenKubernetes(config.Kubernetes{Kubeconfig: path, Namespace: "n"}, &upstream.Trace{})
		if err == nil {
			client.Close()
		}
		quiet(t, err, text)
	})
}
