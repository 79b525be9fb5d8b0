package upstream

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"testing"
	"testing/synctest"
	"time"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// root is a CA that signs.
type root struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pool *x509.CertPool
	pem  []byte
}

func newRoot(t *testing.T) *root {
	t.Helper()
	r := &root{t: t, pool: x509.NewCertPool()}
	r.key, r.cert = r.sign(x509.Certificate{IsCA: true, BasicConstraintsValid: true}, 24*time.Hour)
	r.pool.AddCert(r.cert)
	r.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.cert.Raw})
	return r
}

func (r *root) sign(template x509.Certificate, left time.Duration) (*ecdsa.PrivateKey, *x509.Certificate) {
	r.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(1), time.Now(), time.Now().Add(left)
	parent, signer := r.cert, r.key
	if parent == nil {
		parent, signer = &template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, parent, &key.PublicKey, signer)
	if err != nil {
		r.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		r.t.Fatal(err)
	}
	return key, cert
}

// TestAChainThatWasGood says nothing of another certificate, name, CA or time.
func TestAChainThatWasGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, other := newRoot(t), newRoot(t)
		_, leaf := one.sign(x509.Certificate{DNSNames: []string{"vault", "nas"}}, time.Hour)
		_, strange := other.sign(x509.Certificate{DNSNames: []string{"vault", "nas"}}, time.Hour)
		var c chain
		for _, tc := range []struct {
			what  string
			shown *x509.Certificate
			roots *x509.CertPool
			name  string
			later time.Duration
			want  reason.Reason
		}{
			{"good", leaf, one.pool, "vault", 0, ""},
			{"good again", leaf, one.pool, "vault", 0, ""},
			{"another name", leaf, one.pool, "elsewhere", 0, reason.TLSName},
			{"another name of its own", leaf, one.pool, "nas", 0, ""},
			{"another CA is trusted now", leaf, other.pool, "nas", 0, reason.TLSUntrusted},
			{"another certificate", strange, one.pool, "nas", 0, reason.TLSUntrusted},
			{"good to the end", leaf, one.pool, "nas", time.Hour, ""},
			{"over", leaf, one.pool, "nas", time.Second, reason.TLSExpired},
		} {
			time.Sleep(tc.later)
			if err := c.verify([]*x509.Certificate{tc.shown}, tc.roots, tc.name); reason.Of(err) != tc.want {
				t.Errorf("%s: got %v, want reason %q", tc.what, err, tc.want)
			}
		}
	})
}
