package lab

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"path/filepath"
	"time"
)

// validity is longer than any run, and than what NASCertificateExpiring warns of on
// the alerts' clock, and short enough to be of no use after it.
const validity = 72 * time.Hour

// authority is the lab's certificate authority.
type authority struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
	// PEM is the authority's certificate, which is all that others get of it.
	PEM []byte
}

// pair is a certificate and its key. The expired certificate is for the same
// key, so that one file is all there is to swap.
type pair struct {
	Certificate, Expired, Key []byte
}

// certificates are what the lab's servers and clients present.
type certificates struct {
	Authority authority
	// Stranger is an authority that signed none of them.
	Stranger  authority
	NASVault  pair
	MainVault pair
	Front     pair
	Client    pair
}

// caFile is the certificate of the lab's authority, in the lab's folder.
const caFile = "ca.pem"

// CAFile is the path of the certificate that the lab's servers are signed with.
func (l *Lab) CAFile() string { return filepath.Join(l.state, caFile) }

// issueCertificates makes the authority and all certificates.
func (l *Lab) issueCertificates() error {
	a, err := newAuthority()
	if err != nil {
		return fmt.Errorf("making the lab's authority: %w", err)
	}
	l.secrets.certificates.Authority = a
	l.secrets.certificates.Stranger, err = newAuthority()
	if err != nil {
		return fmt.Errorf("making another authority: %w", err)
	}
	err = l.keep(caFile, string(a.PEM))
	if err != nil {
		return err
	}
	for _, wanted := range []struct {
		pair  *pair
		name  string
		usage x509.ExtKeyUsage
		// services are the addresses by which pods reach the server.
		services []string
	}{
		{&l.secrets.certificates.NASVault, aliasNASVault, x509.ExtKeyUsageServerAuth, append(laneServices(laneNASVault, laneNASVaultJobs), serviceNASVault, serviceNASVaultJobs, serviceNASVaultApps, serviceNASVaultDirect)},
		{&l.secrets.certificates.MainVault, aliasMainVault, x509.ExtKeyUsageServerAuth, append(laneServices(laneMainVault), serviceMainVault, serviceMainVaultLink)},
		{&l.secrets.certificates.Front, aliasDockerFront, x509.ExtKeyUsageServerAuth, append(laneServices(laneNASDocker), serviceNASDocker)},
		{&l.secrets.certificates.Client, applicationExporter, x509.ExtKeyUsageClientAuth, nil},
	} {
		*wanted.pair, err = a.issue(wanted.name, wanted.usage, wanted.services...)
		if err != nil {
			return fmt.Errorf("issuing the certificate of %q: %w", wanted.name, err)
		}
	}
	return nil
}

func newAuthority() (authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return authority{}, err
	}
	template := x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "lab CA"},
		NotBefore:             time.Now().Add(-2 * validity),
		NotAfter:              time.Now().Add(validity),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		return authority{}, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return authority{}, err
	}
	return authority{key: key, certificate: certificate, PEM: encode("CERTIFICATE", der)}, nil
}

func (a authority) issue(name string, usage x509.ExtKeyUsage, services ...string) (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return pair{}, err
	}
	template := x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		DNSNames:    []string{name, "localhost"},
		IPAddresses: []net.IP{net.ParseIP(loopback)},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
	for _, service := range services {
		template.IPAddresses = append(template.IPAddresses, net.ParseIP(service))
	}
	// An hour back, for clocks that differ a little.
	valid, err := a.sign(template, key, time.Now().Add(-time.Hour), time.Now().Add(validity))
	if err != nil {
		return pair{}, err
	}
	expired, err := a.sign(template, key, time.Now().Add(-validity), time.Now().Add(-time.Hour))
	if err != nil {
		return pair{}, err
	}
	return pair{Certificate: valid, Expired: expired, Key: encode("PRIVATE KEY", keyDER)}, nil
}

func (a authority) sign(template x509.Certificate, key *ecdsa.PrivateKey, from, to time.Time) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = serial, from, to
	der, err := x509.CreateCertificate(rand.Reader, &template, a.certificate, key.Public(), a.key)
	return encode("CERTIFICATE", der), err
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// SwapDockerClientCert gives the exporter an expired client certificate for
// the Docker API, or the valid one again.
func (l *Lab) SwapDockerClientCert(ctx context.Context, expired bool) error {
	err := l.storeDockerCertificates(ctx, expired)
	if err != nil {
		return err
	}
	return l.poke(ctx, applicationExporter)
}

func (l *Lab) storeDockerCertificates(ctx context.Context, expired bool) error {
	client := l.secrets.certificates.Client
	return l.store(ctx, "Secret", "nas-docker-tls", map[string]string{
		"ca.pem": string(l.secrets.certificates.Authority.PEM), "cert.pem": string(client.choose(expired)), "key.pem": string(client.Key),
	})
}

// DistrustClients makes the Docker API trust another authority than the one that
// signed the exporter's client certificate, or the right one again.
func (l *Lab) DistrustClients(ctx context.Context, distrust bool) error {
	trusted := l.secrets.certificates.Authority
	if distrust {
		trusted = l.secrets.certificates.Stranger
	}
	return l.engine.put(ctx, l.front(), file{path: "/tls/ca.pem", data: trusted.PEM})
}

// SwapDockerServerCert gives the Docker API an expired certificate, or the
// valid one again.
func (l *Lab) SwapDockerServerCert(ctx context.Context, expired bool) error {
	return l.engine.put(ctx, l.front(), file{path: "/tls/cert.pem", data: l.secrets.certificates.Front.choose(expired)})
}

func (p pair) choose(expired bool) []byte {
	if expired {
		return p.Expired
	}
	return p.Certificate
}
