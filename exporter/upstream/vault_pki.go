package upstream

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"net/http"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// canaryTTL is how long a canary certificate lives: long enough to be verified
// on clocks that differ, and short enough to be worth nothing.
const canaryTTL = 2 * time.Minute

// IssueCanary has a certificate signed and verifies it against the issuer that
// came with it. The key is made here and thrown away, so that none crosses the
// wire; that Vault keeps no copy is up to the role's no_store.
func (c *Vault) IssueCanary(ctx context.Context, pki config.PKI) error {
	key, csr, err := signingRequest(pki.CommonName)
	if err != nil {
		return err
	}
	request := Request{Method: http.MethodPut, Path: pki.Mount + "/sign/" + pki.Role, Body: map[string]any{
		"csr": csr, "common_name": pki.CommonName, "ttl": canaryTTL.String(),
	}}
	return c.ask(ctx, OpPKISign, request, maxObjectBytes, func(a answer) error {
		if err := a.refused(request); err != nil {
			return err
		}
		var reply struct {
			Data struct {
				Certificate string `json:"certificate"`
				IssuingCA   string `json:"issuing_ca"`
			} `json:"data"`
		}
		if err := a.decode(&reply); err != nil {
			return err
		}
		leaf, err := parseCertificate(reply.Data.Certificate)
		if err != nil {
			return err
		}
		if !key.PublicKey.Equal(leaf.PublicKey) {
			return reason.Errorf(reason.Mismatch, "got a certificate for another key than was asked for")
		}
		issuer, err := parseCertificate(reply.Data.IssuingCA)
		if err != nil {
			return err
		}
		return verifyCanary(leaf, issuer, pki.CommonName)
	})
}

func signingRequest(name string) (*ecdsa.PrivateKey, string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, "", reason.Errorf(reason.Internal, "making a key for the canary certificate")
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
	}, key)
	if err != nil {
		return nil, "", reason.Errorf(reason.Internal, "making a request for the canary certificate")
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})), nil
}

func parseCertificate(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, reason.Errorf(reason.MalformedResponse, "got a reply without a certificate")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, reason.Errorf(reason.MalformedResponse, "got a certificate that cannot be read")
	}
	return cert, nil
}

func verifyCanary(leaf, issuer *x509.Certificate, name string) error {
	roots := x509.NewCertPool()
	roots.AddCert(issuer)
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil {
		return reason.From(err, "verifying the canary certificate for %q", name)
	}
	return nil
}
