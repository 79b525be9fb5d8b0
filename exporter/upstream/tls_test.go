package upstream_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// authority is a CA of a test.
type authority struct {
	t    testing.TB
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{t: t}
	a.key, a.cert = a.sign(&x509.Certificate{IsCA: true, KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true}, time.Hour)
	return a
}

// sign makes a key and a certificate that ends after left.
func (a *authority) sign(template *x509.Certificate, left time.Duration) (*ecdsa.PrivateKey, *x509.Certificate) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.Subject = pkix.Name{CommonName: "test"}
	template.NotBefore, template.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(left)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return key, cert
}

// leaf returns a certificate for both sides of a connection to name.
func (a *authority) leaf(name string, left time.Duration) tls.Certificate {
	template := &x509.Certificate{
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	key, cert := a.sign(template, left)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
}

// write puts PEM blocks into a new file.
func write(t testing.TB, kind string, der ...[]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pem")
	var text []byte
	for _, block := range der {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: block})...)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func writePair(t testing.TB, pair tls.Certificate) (certFile, keyFile string) {
	t.Helper()
	key, err := x509.MarshalECPrivateKey(pair.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	return write(t, "CERTIFICATE", pair.Certificate[0]), write(t, "EC PRIVATE KEY", key)
}

// health asks for the health of a Vault.
func health(t *testing.T, cfg config.Vault) (upstream.Trace, error) {
	t.Helper()
	return healthWithin(t, cfg, time.Minute) // bounds a hang
}

func healthWithin(t *testing.T, cfg config.Vault, patience time.Duration) (upstream.Trace, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var trace upstream.Trace
	client, err := upstream.OpenVault(cfg, upstream.EndpointNASVault, &trace)
	if err != nil {
		return trace, err
	}
	_, err = client.Health(ctx)
	client.Close()
	return trace, err
}

func active(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"initialized":true,"sealed":false,"standby":false,"version":"1.21.0","server_time_utc":1}`))
}

func serveTLS(t testing.TB, cfg *tls.Config) *httptest.Server {
	t.Helper()
	server := newServer(cfg)
	t.Cleanup(server.Close)
	return server
}

// newServer is a Vault that is active, over TLS.
func newServer(cfg *tls.Config) *httptest.Server {
	server := httptest.NewUnstartedServer(http.HandlerFunc(active))
	server.TLS = cfg
	server.Config.ErrorLog = discard
	server.StartTLS()
	return server
}

func TestServerCertificates(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	caFile := write(t, "CERTIFICATE", ca.cert.Raw)
	for _, tc := range []struct {
		name string
		cert tls.Certificate
		want reason.Reason
	}{
		{"good", ca.leaf("127.0.0.1", time.Hour), ""},
		{"expired", ca.leaf("127.0.0.1", -time.Hour), reason.TLSExpired},
		{"another name", ca.leaf("elsewhere.example", time.Hour), reason.TLSName},
		{"another CA", other.leaf("127.0.0.1", time.Hour), reason.TLSUntrusted},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{tc.cert}})
			trace, err := health(t, config.Vault{Address: server.URL, TLS: &config.TLS{CAFile: caFile}})
			if reason.Of(err) != tc.want {
				t.Errorf("got %v, want reason %q", err, tc.want)
			}
			if len(trace.Certificates) != 1 || !trace.Certificates[0].NotAfter.Equal(tc.cert.Leaf.NotAfter) {
				t.Errorf("got certificates %v, want the one that ends at %s", trace.Certificates, tc.cert.Leaf.NotAfter)
			}
		})
	}
}

func TestServerNameMayBeGiven(t *testing.T) {
	ca := newAuthority(t)
	server := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.leaf("nas-vault", time.Hour)}})
	_, err := health(t, config.Vault{Address: server.URL, TLS: &config.TLS{CAFile: write(t, "CERTIFICATE", ca.cert.Raw), ServerName: "nas-vault"}})
	if err != nil {
		t.Error(err)
	}
}

// TestRefusedClientCertificates runs many times, because in TLS 1.3 the
// refusal races with the request that follows the handshake.
func TestRefusedClientCertificates(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	caFile := write(t, "CERTIFICATE", ca.cert.Raw)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		server := serveTLS(t, &tls.Config{
			Certificates: []tls.Certificate{ca.leaf("127.0.0.1", time.Hour)},
			ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: pool, MaxVersion: version,
		})
		for _, tc := range []struct {
			name string
			cert tls.Certificate
			want reason.Reason
		}{
			{"good", ca.leaf("client", time.Hour), ""},
			{"expired", ca.leaf("client", -time.Hour), reason.TLSClientCert},
			{"another CA", other.leaf("client", time.Hour), reason.TLSClientCert},
		} {
			t.Run(tls.VersionName(version)+" "+tc.name, func(t *testing.T) {
				certFile, keyFile := writePair(t, tc.cert)
				for range 20 {
					_, err := health(t, config.Vault{Address: server.URL, TLS: &config.TLS{CAFile: caFile, CertFile: certFile, KeyFile: keyFile}})
					if reason.Of(err) != tc.want {
						t.Fatalf("got %v, want reason %q", err, tc.want)
					}
				}
			})
		}
		t.Run(tls.VersionName(version)+" none", func(t *testing.T) {
			_, err := health(t, config.Vault{Address: server.URL, TLS: &config.TLS{CAFile: caFile}})
			if reason.Of(err) != reason.TLSClientCertMissing {
				t.Errorf("got %v, want reason %q", err, reason.TLSClientCertMissing)
			}
		})
	}
}

func TestUnreadableTLSFilesAreTheExportersFault(t *testing.T) {
	garbage := write(t, "NOTHING")
	for _, files := range []config.TLS{
		{CAFile: "missing.pem"}, {CAFile: garbage}, {CertFile: garbage, KeyFile: garbage},
	} {
		_, err := health(t, config.Vault{Address: "https://127.0.0.1:1", TLS: &files})
		if reason.Of(err) != reason.Config {
			t.Errorf("%+v: got %v, want reason %q", files, err, reason.Config)
		}
	}
}
