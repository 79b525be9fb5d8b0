package upstream_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/reason"
)

func TestCredentialPlugins(t *testing.T) {
	server := httptest.NewTLSServer(object("made"))
	defer server.Close()
	const v1 = "client.authentication.k8s.io/v1"
	credential := `'{"apiVersion":"` + v1 + `","kind":"ExecCredential","status":{"token":"made"}}'`
	for _, tc := range []struct {
		name, script string
		want         reason.Reason
	}{
		{"a credential", "echo " + credential, ""},
		{"a credential that is refused", "echo " + strings.Replace(credential, "made", "other", 1), reason.Unauthorized},
		{"told of the version", `case "$KUBERNETES_EXEC_INFO" in *` + v1 + `*) echo ` + credential + `;; esac`, ""},
		{"it fails", "exit 3", reason.Config},
		{"it prints text", "echo Opening in existing browser session.", reason.Config},
		{"it prints text before", "echo hello; echo " + credential, reason.Config},
		{"it prints nothing", "true", reason.Config},
		{"another version", "echo " + strings.Replace(credential, "/v1", "/v1beta1", 1), reason.Config},
		{"it prints without an end", "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done", reason.Config},
		{"it prints too much and does not notice", "head -c 3000000 /dev/zero; true", reason.Config},
		{"its child keeps the output open", "sleep 30 & echo " + credential, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			user := fmt.Sprintf("exec: {apiVersion: %s, interactiveMode: Never, command: sh, args: [-c, %q]}", v1, tc.script)
			err := get(t, kubeAt(t, server.URL, insecure, user), "api/v1", 20*time.Second)
			if reason.Of(err) != tc.want || tc.want == reason.Config && !strings.Contains(err.Error(), `credential plugin "sh" of the kubeconfig`) {
				t.Errorf("got %v, want reason %q", err, tc.want)
			}
		})
	}
	t.Run("no program", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "plugin")
		if err := os.WriteFile(file, []byte("no program"), 0o700); err != nil {
			t.Fatal(err)
		}
		err := get(t, kubeAt(t, server.URL, insecure, fmt.Sprintf("exec: {apiVersion: %s, interactiveMode: Never, command: %q}", v1, file)), "api/v1", 20*time.Second)
		if reason.Of(err) != reason.Config {
			t.Errorf("got %v, want reason %q", err, reason.Config)
		}
	})
	t.Run("missing", func(t *testing.T) {
		err := get(t, kubeAt(t, server.URL, insecure, "exec: {apiVersion: "+v1+", interactiveMode: Never, command: no-such-plugin}"), "api/v1", 20*time.Second)
		if reason.Of(err) != reason.Config || !strings.Contains(err.Error(), "no-such-plugin") {
			t.Errorf("got %v, want reason %q and the plugin", err, reason.Config)
		}
	})
}

func TestAPluginThatHangsIsEnded(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	user := fmt.Sprintf("exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, args: [-c, %q]}", "sleep 600 & echo $$ $! >"+pids+"; wait")
	var plugin, child int
	// A busy machine may not have started it when its time is over.
	for limit := time.Second; child == 0; limit *= 2 {
		err := get(t, kubeAt(t, "https://127.0.0.1:1", insecure, user), "api/v1", limit)
		if reason.Of(err) != reason.Timeout {
			t.Fatalf("got %v, want reason %q", err, reason.Timeout)
		}
		if raw, err := os.ReadFile(pids); err == nil {
			_, _ = fmt.Sscan(string(raw), &plugin, &child)
		}
	}
	until(t, "the plugin and its child have ended", func() bool { return ended(plugin) && ended(child) })
}

func ended(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestPluginCertificates(t *testing.T) {
	ca := newAuthority(t)
	server := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.leaf("127.0.0.1", time.Hour)}, ClientAuth: tls.RequireAnyClientCert})
	server.Config.Handler = object("")
	certFile, keyFile := writePair(t, ca.leaf("client", time.Hour))
	file := write(t, "CERTIFICATE", ca.cert.Raw)
	read := func(path string) string {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	_, anotherKey := writePair(t, ca.leaf("client", time.Hour))
	for key, want := range map[string]reason.Reason{keyFile: "", anotherKey: reason.Config} {
		credential, err := json.Marshal(map[string]any{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": map[string]string{"clientCertificateData": read(certFile), "clientKeyData": read(key)}})
		if err != nil {
			t.Fatal(err)
		}
		printed := filepath.Join(t.TempDir(), "credential")
		if err := os.WriteFile(printed, credential, 0o600); err != nil {
			t.Fatal(err)
		}
		user := fmt.Sprintf("exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: cat, args: [%q]}", printed)
		if err := get(t, kubeAt(t, server.URL, fmt.Sprintf(", certificate-authority: %q", file), user), "api/v1", 20*time.Second); reason.Of(err) != want {
			t.Errorf("got %v, want reason %q", err, want)
		}
	}
}
