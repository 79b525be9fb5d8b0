package demo_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/demo"
)

// start starts a homelab whose copiers run only when the test says so.
func start(t *testing.T) (*demo.Homelab, config.Flow) {
	t.Helper()
	lab, err := demo.Start(t.TempDir(), demo.Options{Interval: 10 * time.Second, CopyInterval: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	return lab, load(t, lab)
}

func load(t *testing.T, lab *demo.Homelab) config.Flow {
	t.Helper()
	decoder := yaml.NewDecoder(bytes.NewReader(lab.Config()))
	decoder.KnownFields(true)
	var cfg config.Config
	if err := decoder.Decode(&cfg); err != nil {
		t.Fatal(err)
	}
	if len(cfg.Flows) != 1 {
		t.Fatalf("got %d flows, want 1", len(cfg.Flows))
	}
	return cfg.Flows[0]
}

func breakNow(t *testing.T, lab *demo.Homelab, name string) {
	t.Helper()
	if err := lab.Break(name); err != nil {
		t.Fatal(err)
	}
}

func heal(t *testing.T, lab *demo.Homelab, name string) {
	t.Helper()
	if err := lab.Heal(name); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(content))
}

// client is an HTTP client that trusts the homelab's CA.
func client(t *testing.T, caFile string) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots(t, caFile)}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func roots(t *testing.T, caFile string) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(read(t, caFile))) {
		t.Fatalf("reading %q: got no certificate", caFile)
	}
	return pool
}

func TestFilesArePrivate(t *testing.T) {
	lab, flow := start(t)
	dir := filepath.Dir(flow.NAS.Vault.TLS.CAFile)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode of the folder: got %v (%v), want 0700", info.Mode().Perm(), err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 6 {
		t.Errorf("got %d files, want 6", len(entries))
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("mode of %q: got %v, want 0600", entry.Name(), info.Mode().Perm())
		}
	}
	_ = lab
}
