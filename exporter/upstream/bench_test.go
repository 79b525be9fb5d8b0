package upstream_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/bench/benchtest"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// What the benchmarks measure is read as ratios of one run: a check beside the
// request that cannot be had for less. The server is a process of its own, so that
// cpu-ns/op is the client's alone.
//
//	go test ./exporter/upstream -run '^$' -bench . -count=6 | benchstat -

// served names the files of the server's certificate in the process that serves.
const served = "BENCHMARKED_SERVER"

func TestMain(m *testing.M) {
	if files := strings.Fields(os.Getenv(served)); len(files) == 2 {
		if err := serve(files[0], files[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve is what the process of the server does, until its input ends.
func serve(certFile, keyFile string) error {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return err
	}
	server := newServer(&tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert})
	defer server.Close()
	fmt.Println(server.URL)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// aVault is a server in a process of its own, with a certificate of a CA.
func aVault(b *testing.B) config.Vault {
	b.Helper()
	ca := newAuthority(b)
	address, caFile := aServer(b, ca), write(b, "CERTIFICATE", ca.cert.Raw)
	if err := os.Chtimes(caFile, time.Time{}, time.Now().Add(-time.Hour)); err != nil { // as the files of an exporter that runs
		b.Fatal(err)
	}
	return config.Vault{Address: address, TLS: &config.TLS{CAFile: caFile}}
}

// aCluster is one that is asked with a client certificate.
func aCluster(b *testing.B) *upstream.KubernetesServer {
	b.Helper()
	ca := newAuthority(b)
	cert, key := writePair(b, ca.leaf("client", time.Hour))
	trusts := ", certificate-authority-data: " + base64Of(b, write(b, "CERTIFICATE", ca.cert.Raw))
	user := fmt.Sprintf("client-certificate-data: %s, client-key-data: %s", base64Of(b, cert), base64Of(b, key))
	return upstream.MainCluster(kubeAt(b, aServer(b, ca), trusts, user))
}

func aServer(b *testing.B, ca *authority) (address string) {
	b.Helper()
	certFile, keyFile := writePair(b, ca.leaf("127.0.0.1", time.Hour))
	server := exec.Command(os.Args[0]) // #nosec G204 -- this very program
	server.Env = append(os.Environ(), served+"="+certFile+" "+keyFile)
	input, err := server.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	output, err := server.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = input.Close()
		_ = server.Wait()
	})
	address, err = bufio.NewReader(output).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(address)
}

// BenchmarkColdGet is net/http with everything made before, and a connection of
// its own for each request.
func BenchmarkColdGet(b *testing.B) { plain(b, true) }

// BenchmarkWarmGet is net/http over one connection.
func BenchmarkWarmGet(b *testing.B) { plain(b, false) }

func plain(b *testing.B, cold bool) {
	cfg := aVault(b)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool(b, cfg.TLS.CAFile)}, DisableKeepAlives: cold, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	benchtest.CPU(b, func() error {
		reply, err := client.Get(cfg.Address + "/v1/sys/health")
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, reply.Body)
		return reply.Body.Close()
	})
}

// BenchmarkColdHealth is the check of a Vault's health, as the shipped flow makes it.
func BenchmarkColdHealth(b *testing.B) { healthOf(b, upstream.NASVault(aVault(b))) }

// BenchmarkWarmHealth is the check over a connection of an earlier one.
func BenchmarkWarmHealth(b *testing.B) {
	vault := upstream.NASVault(aVault(b))
	vault.Reuse(nil)
	defer vault.End(b.Context())
	healthOf(b, vault)
}

func healthOf(b *testing.B, vault *upstream.VaultServer) {
	benchtest.CPU(b, func() error {
		var trace upstream.Trace
		client, err := vault.Open(b.Context(), &trace)
		if err != nil {
			return err
		}
		defer client.Close()
		_, err = client.Health(b.Context())
		return err
	})
}

// BenchmarkColdObject is the read of an object of Kubernetes, with its kubeconfig.
func BenchmarkColdObject(b *testing.B) { objectOf(b, aCluster(b)) }

// BenchmarkWarmObject is the read over a connection of an earlier one.
func BenchmarkWarmObject(b *testing.B) {
	cluster := aCluster(b)
	cluster.Reuse(nil)
	defer cluster.End(b.Context())
	objectOf(b, cluster)
}

func objectOf(b *testing.B, cluster *upstream.KubernetesServer) {
	benchtest.CPU(b, func() error {
		var trace upstream.Trace
		client, err := cluster.Open(b.Context(), &trace)
		if err != nil {
			return err
		}
		defer client.Close()
		return client.Get(b.Context(), "api/v1", "secrets", "x", &struct{}{})
	})
}

// pool reads a file of certificates.
func pool(b *testing.B, file string) *x509.CertPool {
	b.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(content)
	return roots
}
