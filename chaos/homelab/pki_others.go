package homelab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"time"

	"homelab.io/vault-health-exporter/chaos"
)

// issueOthers makes the certificates with which something is wrong.
func (p *pki) issueOthers() error {
	later := time.Now().Add(365 * 24 * time.Hour)
	local := func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)} }
	stranger, strangersKey, _, err := newCA("yet another CA")
	if err != nil {
		return err
	}
	middle := certificate("an expired CA", time.Now().Add(-time.Hour))
	middle.IsCA, middle.BasicConstraintsValid, middle.KeyUsage = true, true, x509.KeyUsageCertSign
	middleKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("making the key of %q: %w", middle.Subject.CommonName, err)
	}
	chain, err := x509.CreateCertificate(rand.Reader, middle, p.ca, middleKey.Public(), p.key)
	if err != nil {
		return fmt.Errorf("making the certificate of %q: %w", middle.Subject.CommonName, err)
	}
	if middle, err = x509.ParseCertificate(chain); err != nil {
		return fmt.Errorf("reading back the certificate of an expired CA: %w", err)
	}
	p.others = map[chaos.Answer]tls.Certificate{chaos.CertExpired: p.expired}
	for _, row := range []struct {
		answer chaos.Answer
		signer *x509.Certificate
		key    *ecdsa.PrivateKey
		change func(*x509.Certificate)
		chain  [][]byte
	}{
		{chaos.CertUntrusted, stranger, strangersKey, local, nil},
		{chaos.CertCAExpired, middle, middleKey, local, [][]byte{chain}},
		{chaos.CertName, p.ca, p.key, func(c *x509.Certificate) { c.DNSNames = []string{"another.invalid"} }, nil},
		{chaos.CertNoSAN, p.ca, p.key, func(*x509.Certificate) {}, nil},
	} {
		template := certificate("localhost", later)
		template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		row.change(template)
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return fmt.Errorf("making the key of a certificate that is %q: %w", row.answer, err)
		}
		der, err := x509.CreateCertificate(rand.Reader, template, row.signer, key.Public(), row.key)
		if err != nil {
			return fmt.Errorf("making a certificate that is %q: %w", row.answer, err)
		}
		p.others[row.answer] = tls.Certificate{Certificate: append([][]byte{der}, row.chain...), PrivateKey: key}
	}
	return nil
}
