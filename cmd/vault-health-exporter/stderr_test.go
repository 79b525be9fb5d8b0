package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
)

// start runs the program as a process of its own, with args.
func start(t *testing.T, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(ctx, self)
	cmd.Args = append([]string{"vault-health-exporter"}, args...) // TestMain looks at the name
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, stdout, stderr
}

// TestNoTokenOnTheProcessesStderr: net/http printed it there with a logger of its
// own, past the program's. That is seen from outside only.
func TestNoTokenOnTheProcessesStderr(t *testing.T) {
	for _, way := range []string{homelabtest.BehindTheReply, homelabtest.BeforeTheRequest, homelabtest.MoreThanSaid} {
		t.Run(way, func(t *testing.T) {
			server := homelabtest.StartUnasked(t, way)
			file := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.WriteFile(file, fmt.Appendf(nil, `
flows:
- interval: 1s
  timeout: 500ms
  nas:
    docker: {host: "tcp://%[1]s"}
    vault: {address: "http://%[1]s", auth: {token_file: %[2]s}, kv: {}}
  main:
    vault: {address: "http://%[1]s", auth: {kubernetes: {role: r, jwt_file: %[3]s}}, kv: {}}
    kubernetes: {kubeconfig: %[4]s, broker: {}, external_secret: {}, secret: {}}
`, server.Address, server.TokenFile, server.JWTFile, server.Kubeconfig), 0o600); err != nil {
				t.Fatal(err)
			}
			look := func(command, out string) {
				if i := strings.Index(out, server.Secret[4:12]); i >= 0 {
					t.Errorf("%s: got the token behind %q", command, out[max(0, i-120):i])
				}
			}
			for _, args := range [][]string{{"--once", "--log.level=debug"}, {"token", "--stdout", "--log.level=debug"}} {
				cmd, stdout, stderr := start(t, append(args, "--config.file="+file)...)
				_ = cmd.Wait() // it says no by its exit code, as it should
				look(args[0]+", stderr", stderr.String())
				if args[0] != "token" {
					look(args[0]+", stdout", stdout.String())
				}
			}
			listen := freeAddress(t)
			cmd, stdout, stderr := start(t, "serve", "--log.level=debug", "--config.file="+file, "--web.listen-address="+listen)
			waitFor(t, "http://"+listen+"/metrics", `nas_flow_slots_total{flow="qnap",result="`)
			_ = cmd.Process.Signal(os.Interrupt)
			_ = cmd.Wait()
			look("serve", stdout.String()+stderr.String())
		})
	}
}

// waitFor asks url until a slot has passed: until one of its results is not 0.
func waitFor(t *testing.T, url, series string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for ; ctx.Err() == nil; <-again.C {
		if reply, err := http.Get(url); err == nil {
			page, _ := io.ReadAll(reply.Body)
			_ = reply.Body.Close()
			for line := range strings.Lines(string(page)) {
				if strings.HasPrefix(line, series) && !strings.HasSuffix(line, " 0\n") {
					return
				}
			}
		}
	}
	t.Fatal("got no slot")
}

// freeAddress is an address of loopback that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
