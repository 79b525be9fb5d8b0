package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
)

// TestChild is the program where TestNoTokenOnTheProcessesStderr runs this test
// as a process of its own.
func TestChild(*testing.T) {
	if args := os.Getenv("TOKEN_BROKER_ARGS"); args != "" {
		os.Exit(run(context.Background(), strings.Fields(args), os.Stdout, os.Stderr))
	}
}

// TestNoTokenOnTheProcessesStderr: net/http printed it there with a logger of its
// own, past the program's. That is seen from outside only.
func TestNoTokenOnTheProcessesStderr(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range []string{homelabtest.BehindTheReply, homelabtest.BeforeTheRequest, homelabtest.MoreThanSaid} {
		for _, command := range []string{"cycle", "rotate", "snapshot", "health-check"} {
			t.Run(way+"/"+command, func(t *testing.T) {
				server, dir := homelabtest.StartUnasked(t, way), t.TempDir()
				file := filepath.Join(dir, "token-broker.yaml")
				if err := os.WriteFile(file, fmt.Appendf(nil, `
nas: {vault: {address: "http://%[1]s", auth: {token_file: %[2]s}}, docker: {host: "tcp://%[1]s"}}
main:
  vault: {address: "http://%[1]s", auth: {kubernetes: {role: r, jwt_file: %[3]s}}}
  kubernetes: {kubeconfig: %[4]s, secret: {}}
rotate: {grace: 1ms}
snapshot: {dir: %[5]s}
health_check: {}
`, server.Address, server.TokenFile, server.JWTFile, server.Kubeconfig, dir), 0o600); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				child := exec.CommandContext(ctx, self, "-test.run=^TestChild$")
				child.Env = append(os.Environ(), "TOKEN_BROKER_ARGS="+command+" --log.level=debug --config.file="+file)
				var out bytes.Buffer
				child.Stdout, child.Stderr = &out, &out
				_ = child.Run() // it says no by its exit code, as it should
				if !strings.Contains(out.String(), "command="+command) {
					t.Errorf("got %q, want a log of the command", out.String())
				}
				if i := strings.Index(out.String(), server.Secret[4:12]); i >= 0 {
					t.Errorf("got the token behind %q", out.String()[max(0, i-120):i])
				}
			})
		}
	}
}
