package homelab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"

	"homelab.io/vault-health-exporter/chaos"
)

// pki is the homelab's certificate authority and what it issued.
type pki struct {
	caPEM              []byte
	ca                 *x509.Certificate
	key                *ecdsa.PrivateKey
	server, expired    tls.Certificate
	clientPEM, keyPEM  []byte
	clients, strangers *x509.CertPool
	// others are the certificates that what stands before a server shows.
	others map[chaos.Answer]tls.Certificate
}

func newPKI() (*pki, error) {
	p := &pki{clients: x509.NewCertPool(), strangers: x509.NewCertPool()}
	var err error
	if p.ca, p.key, p.caPEM, err = newCA("homelab demo CA"); err != nil {
		return nil, err
	}
	p.clients.AddCert(p.ca)
	other, _, _, err := newCA("another CA")
	if err != nil {
		return nil, err
	}
	p.strangers.AddCert(other)
	now := time.Now()
	if p.server, err = p.issue("localhost", now.Add(365*24*time.Hour), x509.ExtKeyUsageServerAuth); err != nil {
		return nil, err
	}
	if p.expired, err = p.issue("localhost", now.Add(-time.Hour), x509.ExtKeyUsageServerAuth); err != nil {
		return nil, err
	}
	if err := p.issueOthers(); err != nil {
		return nil, err
	}
	client, err := p.issue(exporterName, now.Add(365*24*time.Hour), x509.ExtKeyUsageClientAuth)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(client.PrivateKey)
	if err != nil {
		return nil, fmt.Errorf("encoding the key of %q: %w", exporterName, err)
	}
	p.clientPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: client.Certificate[0]})
	p.keyPEM = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return p, nil
}

func newCA(name string) (*x509.Certificate, *ecdsa.PrivateKey, []byte, error) {
	template := certificate(name, time.Now().Add(10*365*24*time.Hour))
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("making the key of %q: %w", name, err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("making the certificate of %q: %w", name, err)
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("reading back the certificate of %q: %w", name, err)
	}
	return ca, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

func (p *pki) issue(name string, notAfter time.Time, usage x509.ExtKeyUsage) (tls.Certificate, error) {
	template := certificate(name, notAfter)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{usage}
	if usage == x509.ExtKeyUsageServerAuth {
		template.DNSNames, template.IPAddresses = []string{name}, []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making the key of %q: %w", name, err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, p.ca, key.Public(), p.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making the certificate of %q: %w", name, err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

func certificate(name string, notAfter time.Time) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)) // never fails, by its documentation
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-24 * time.Hour),
		NotAfter:     notAfter,
	}
}

// serverTLS is the configuration of the Vaults and of the Kubernetes API.
func (p *pki) serverTLS(*tls.ClientHelloInfo) (*tls.Config, error) {
	return &tls.Config{
		Certificates: []tls.Certificate{p.server},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"h2", "http/1.1"},
	}, nil
}

// dockerTLS is mutual TLS, with whatever is wrong with it now.
func (h *Homelab) dockerTLS(*tls.ClientHelloInfo) (*tls.Config, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	config := &tls.Config{
		Certificates: []tls.Certificate{h.pki.server},
		ClientCAs:    h.pki.clients,
		ClientAuth:   tls.RequireAndVerifyClientCert,
		MinVersion:   tls.VersionTLS12,
	}
	if h.active[dockerCertExpired] {
		config.Certificates = []tls.Certificate{h.pki.expired}
	}
	if h.active[dockerClientCert] {
		config.ClientCAs = h.pki.strangers
		// In TLS 1.3 the refusal follows the handshake and races with the
		// client's request; in 1.2 it is part of the handshake, every time.
		config.MaxVersion = tls.VersionTLS12 // #nosec G402 -- a fault to be seen
	}
	return config, nil
}
