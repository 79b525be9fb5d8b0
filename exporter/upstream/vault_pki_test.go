package upstream_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// engine is a PKI that signs what it is asked for, changed by the test.
type engine struct {
	t      *testing.T
	key    *ecdsa.PrivateKey
	change func(certificate *x509.Certificate, key *any)
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// ServeHTTP implements http.Handler.
func (a engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked struct{ CSR string }
	err := json.NewDecoder(r.Body).Decode(&asked)
	block, _ := pem.Decode([]byte(asked.CSR))
	if err != nil || block == nil {
		a.t.Errorf("got no request: %v", err)
		return
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		a.t.Error(err)
		return
	}
	issuer := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "issuer"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: csr.DNSNames, NotAfter: time.Now().Add(time.Minute)}
	key := csr.PublicKey
	a.change(leaf, &key)
	_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{
		"certificate": a.sign(leaf, issuer, key), "issuing_ca": a.sign(issuer, issuer, a.key.Public()),
	}})
}

func (a engine) sign(certificate, issuer *x509.Certificate, key any) string {
	der, err := x509.CreateCertificate(rand.Reader, certificate, issuer, key, a.key)
	if err != nil {
		a.t.Error(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// TestCanary accepts a certificate only for the name and the key that it asked
// for, and only while it is valid.
func TestCanary(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*x509.Certificate, *any)
		want   reason.Reason
	}{
		"as asked":     {func(*x509.Certificate, *any) {}, ""},
		"another key":  {func(_ *x509.Certificate, key *any) { *key = newKey(t).Public() }, reason.Mismatch},
		"another name": {func(c *x509.Certificate, _ *any) { c.DNSNames = []string{"another.invalid"} }, reason.TLSName},
		"expired":      {func(c *x509.Certificate, _ *any) { c.NotAfter = time.Now().Add(-time.Minute) }, reason.TLSExpired},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(engine{t: t, key: newKey(t), change: tc.change})
			defer server.Close()
			var trace upstream.Trace
			client, err := upstream.OpenVault(config.Vault{Address: server.URL}, "", &trace)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			err = client.IssueCanary(t.Context(), config.PKI{Mount: "pki", Role: "canary", CommonName: "canary.invalid"})
			if reason.Of(err) != tc.want {
				t.Errorf("got %v, want reason %q", err, tc.want)
			}
		})
	}
}

// TestCanariesThatCannotBeRead: what is not a certificate, and a name for which
// no request can be made.
func TestCanariesThatCannotBeRead(t *testing.T) {
	notOne := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))
	for _, tc := range []struct {
		name, certificate string
		want              reason.Reason
	}{
		{"canary.invalid", "", reason.MalformedResponse},
		{"canary.invalid", notOne, reason.MalformedResponse},
		{"canärie.invalid", "", reason.Internal},
	} {
		said, err := json.Marshal(map[string]any{"data": map[string]string{"certificate": tc.certificate, "issuing_ca": ""}})
		if err != nil {
			t.Fatal(err)
		}
		client, err := upstream.OpenVault(config.Vault{Address: answers(t, 200, nil, string(said))}, "", &upstream.Trace{})
		if err != nil {
			t.Fatal(err)
		}
		err = client.IssueCanary(t.Context(), config.PKI{Mount: "pki", Role: "canary", CommonName: tc.name})
		client.Close()
		if reason.Of(err) != tc.want {
			t.Errorf("%s, %q: got %v, want reason %q", tc.name, tc.certificate, err, tc.want)
		}
	}
}
