//go:build pact

package contracts_test

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/moby/moby/api/pkg/stdcopy"

	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// minimal names no path, object or key: the contract is about the programs'
// defaults, which are those of the shipped manifests.
const minimal = `flows:
  - nas:
      docker: {host: "tcp://%[1]s"}
      vault: {address: "http://%[1]s", auth: {token_file: %[2]q}, kv: {}}
      pki: {}
      transit: {canary_file: %[6]q}
    main:
      vault: {address: "http://%[1]s", auth: {kubernetes: {role: %[3]q, jwt_file: %[4]q}}, kv: {}}
      kubernetes: {kubeconfig: %[5]q, broker: {}, external_secret: {}, secret: {}}
`

const kubeconfig = `apiVersion: v1
kind: Config
current-context: contract
clusters: [{name: contract, cluster: {server: %q, certificate-authority-data: %s}}]
users: [{name: contract, user: {token: example-of-a-service-account-token}}]
contexts: [{name: contract, context: {cluster: contract, user: contract}}]
`

// target is a program's configuration with every upstream at front.
func target(t *testing.T, pair contracts.Pair, front *httptest.Server) contracts.Target {
	t.Helper()
	dir := t.TempDir()
	keep := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	address := front.Listener.Addr().String()
	var authority []byte
	if front.Certificate() != nil {
		authority = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
	}
	access := fmt.Sprintf(kubeconfig, front.URL, base64.StdEncoding.EncodeToString(authority))
	file := keep("config.yaml", fmt.Sprintf(minimal, address, keep("token", contracts.ExampleToken), pair.Consumer,
		keep("jwt", "example-of-a-service-account-token"), keep("kubeconfig", access), keep("canary", contracts.ExampleCiphertext)))
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	flow := cfg.Flows[0]
	vault := flow.NAS.Vault
	if pair.Provider == contracts.MainVault {
		vault = flow.Main.Vault
	}
	return contracts.Target{
		Vault: *vault, PKI: *flow.NAS.PKI, Transit: *flow.NAS.Transit, Docker: *flow.NAS.Docker, Kubernetes: *flow.Main.Kubernetes,
	}
}

// attach answers the start of an exec as the engine does: it takes over the
// connection and writes the example of the message that leads to why.
func attach(w http.ResponseWriter, r *http.Request, why reason.Reason) {
	_, _ = io.Copy(io.Discard, r.Body) // closing with unread bytes would reset the connection
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
	for _, m := range contracts.Messages() {
		if m.Reason != why {
			continue
		}
		for kind, name := range map[stdcopy.StdType]string{stdcopy.Stdout: "stdout", stdcopy.Stderr: "stderr"} {
			text, _ := contracts.Example(m.Content[name]).(string)
			_, _ = conn.Write(frame(kind, []byte(text)))
		}
		return
	}
}

// frame is output on the wire of an attached exec.
func frame(kind stdcopy.StdType, content []byte) []byte {
	if len(content) == 0 {
		return nil
	}
	size := len(content)
	header := []byte{byte(kind), 0, 0, 0, byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size)}
	return bytes.Join([][]byte{header, content}, nil)
}
