package upstream

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// chain remembers the last chain of certificates that a server's name was found
// good by. To find the same good again says nothing new until one of its
// certificates ends; that the server has the key is proven by each handshake.
type chain struct {
	mu          sync.Mutex
	shown       [sha256.Size]byte
	roots       *x509.CertPool
	from, until time.Time
}

// verify judges what a server showed, and says which of the certificates is at
// fault.
func (c *chain) verify(shown []*x509.Certificate, roots *x509.CertPool, name string) error {
	if roots == nil { // the system's, which it may judge by more than what is shown
		_, err := verify(shown, roots, name)
		return err
	}
	sum, now := sumOf(shown, name), time.Now()
	if c.good(sum, roots, now) {
		return nil
	}
	trusted, err := verify(shown, roots, name)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shown, c.roots = sum, roots
	c.from, c.until = trusted[0].NotBefore, trusted[0].NotAfter
	for _, cert := range trusted[1:] {
		if cert.NotBefore.After(c.from) {
			c.from = cert.NotBefore
		}
		if cert.NotAfter.Before(c.until) {
			c.until = cert.NotAfter
		}
	}
	return nil
}

func (c *chain) good(sum [sha256.Size]byte, roots *x509.CertPool, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shown == sum && c.roots == roots && !now.Before(c.from) && !now.After(c.until)
}

// sumOf tells what was shown for a name from anything else.
func sumOf(shown []*x509.Certificate, name string) [sha256.Size]byte {
	parts := [][]byte{[]byte(name)}
	for _, cert := range shown {
		parts = append(parts, cert.Raw)
	}
	return digestOf(parts...)
}

// digestOf is of the parts and of where each ends.
func digestOf(parts ...[]byte) (sum [sha256.Size]byte) {
	hash := sha256.New()
	for _, part := range parts {
		_, _ = hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		_, _ = hash.Write(part)
	}
	hash.Sum(sum[:0])
	return sum
}

// verify returns the chain to one of the roots.
func verify(shown []*x509.Certificate, roots *x509.CertPool, name string) ([]*x509.Certificate, error) {
	intermediates := x509.NewCertPool()
	for _, c := range shown[1:] {
		intermediates.AddCert(c)
	}
	leaf := shown[0]
	chains, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, DNSName: name})
	var (
		invalid x509.CertificateInvalidError
		host    x509.HostnameError
	)
	switch {
	case err == nil:
		return chains[0], nil
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert.Equal(leaf):
		err = reason.Errorf(reason.TLSExpired, "verifying the server's certificate: got one that is not valid now")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		err = reason.Errorf(reason.TLSCAExpired, "verifying the server's certificate: got a CA's that is not valid now")
	case errors.As(err, &host) && len(leaf.DNSNames)+len(leaf.IPAddresses) == 0:
		err = reason.Errorf(reason.TLSNoSAN, "verifying the server's certificate: got no subject alternative name, want %q", name)
	case errors.As(err, &host):
		err = reason.Errorf(reason.TLSName, "verifying the server's certificate: got other names, want %q", name)
	default:
		err = reason.Errorf(reason.TLSUntrusted, "verifying the server's certificate: got no chain to a configured CA")
	}
	return nil, err
}
