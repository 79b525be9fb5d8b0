package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
)

func TestUnusable(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none.yaml")
	for _, args := range [][]string{
		{"move"}, {"cycle", "--no-such-flag"},
		{"cycle", "--config.file=" + missing}, {"rotate", "--config.file=" + missing},
		{"snapshot", "--config.file=" + missing}, {"health-check", "--config.file=" + missing},
		{"snapshot", "--verify=" + missing},
	} {
		var out bytes.Buffer
		if exit := run(t.Context(), args, &out, &out); exit != exitUnusable || out.Len() == 0 {
			t.Errorf("%q: got exit code %d and %q, want 2 and why", args, exit, out.String())
		}
	}
	var out bytes.Buffer
	if exit := run(t.Context(), []string{"--help"}, &out, &out); exit != exitOK || strings.Count(out.String(), "usage:") != 1 || !strings.Contains(out.String(), "health-check") {
		t.Errorf("got exit code %d and %q, want 0 and the commands", exit, out.String())
	}
}

// TestCycleAgainstTheDemo reads the token of the embedded homelab's NAS Vault
// while that is broken in each of the ways that it knows.
func TestCycleAgainstTheDemo(t *testing.T) {
	home := homelabtest.Start(t, homelabtest.OnRequest)
	nas, main := home.Flow.NAS.Vault, home.Flow.Main.Vault
	own, err := home.IssueToken(homelab.Main, 0, "root")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		fault string
		exit  int
		want  string
	}{
		{"", 0, "outcome=updated"},
		{"nas-down", 0, "outcome=nas_unreachable reason=connect_refused"},
		{"seal", 0, "outcome=nas_unreachable reason=sealed"},
		{"standby", 0, "outcome=nas_unreachable reason=standby"},
		{"nas-5xx", 0, "outcome=nas_unreachable reason=http_5xx"},
		{"uninitialized", 0, "outcome=nas_unreachable reason=sealed"},
		{"nas-garbage", 1, "outcome=update_failed reason=malformed_response"},
		{"kv-deleted", 1, "outcome=invalid_token reason=soft_deleted"},
		{"kv-destroyed", 1, "outcome=invalid_token reason=destroyed"},
		{"kv-key-missing", 1, "outcome=invalid_token reason=key_missing"},
		{"revoke", 1, "outcome=invalid_token reason=revoked"},
	} {
		t.Run("fault "+tc.fault, func(t *testing.T) {
			if tc.fault != "" {
				if err := home.Break(tc.fault); err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := home.Heal(tc.fault); err != nil {
						t.Fatal(err)
					}
				}()
			}
			if err := home.SetSecret(homelab.Main); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			path := filepath.Join(dir, "token-broker.yaml")
			content := fmt.Sprintf("nas: {vault: {address: %q, tls: {ca_file: %q}, auth: {token_file: %q}}}\nmain: {vault: {address: %q, tls: {ca_file: %q}, auth: {token_file: %q}}}\n",
				nas.Address, nas.TLS.CAFile, nas.Auth.TokenFile, main.Address, main.TLS.CAFile, filepath.Join(dir, "token"))
			for name, content := range map[string]string{path: content, filepath.Join(dir, "token"): own} {
				if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var out bytes.Buffer
			exit := run(context.Background(), []string{"cycle", "--log.level=debug", "--config.file=" + path}, &out, &out)
			if exit != tc.exit || !strings.Contains(out.String(), tc.want) {
				t.Errorf("got exit code %d, want %d and %q; log:\n%s", exit, tc.exit, tc.want, out.String())
			}
			if _, writes := home.Secret(homelab.Main); (writes != 0) != (tc.want == "outcome=updated") {
				t.Errorf("got %d writes", writes)
			}
			if strings.Contains(out.String(), "hvs.") {
				t.Error("got a token in the log")
			}
		})
	}
}
