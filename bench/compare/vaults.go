package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"homelab.io/vault-health-exporter/chaos/homelab"
)

// maxFlows is how many addresses of loopback there are in the network that is used.
const maxFlows = 250

// healthPath is what everybody asks for.
const healthPath = "/v1/sys/health"

// vaults are servers that answer as a Vault does, each at an address of its own,
// so that nobody can share a connection between them.
type vaults struct {
	addresses []string // of the form HOST
	port      int
	caFile    string
	home      *homelab.Homelab
	server    *http.Server
	// connections and requests are counted here and not believed to anybody.
	connections, requests atomic.Int64
	spoken                atomic.Value // by the last who asked: the protocol, and how keys were exchanged
}

func serveVaults(folder string, count int) (*vaults, error) {
	v := &vaults{caFile: filepath.Join(folder, "ca.pem")}
	for i := range count {
		v.addresses = append(v.addresses, fmt.Sprintf("127.0.1.%d", i+1))
	}
	certificate, err := v.certify()
	if err != nil {
		return nil, err
	}
	if v.home, err = homelab.Start(filepath.Join(folder, "homelab"), homelab.Options{CopyInterval: time.Hour}); err != nil {
		return nil, err
	}
	answer, err := v.home.VaultAPI(homelab.NAS)
	if err != nil {
		return nil, errors.Join(err, v.close())
	}
	v.server = &http.Server{
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(discard{}, "", 0), // who hangs up during a handshake is counted by what it lacks
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				v.connections.Add(1)
			}
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == healthPath {
				v.requests.Add(1)
				v.spoken.Store(r.Proto + ", " + r.TLS.CurveID.String())
			}
			answer.ServeHTTP(w, r)
		}),
	}
	if err := v.listen(); err != nil {
		return nil, errors.Join(err, v.close())
	}
	return v, nil
}

// listen takes one port at every address.
func (v *vaults) listen() error {
	for _, address := range v.addresses {
		listener, err := net.Listen("tcp", fmt.Sprintf("%s:%d", address, v.port))
		if err != nil {
			return fmt.Errorf("listening for a Vault: %w", err)
		}
		v.port = listener.Addr().(*net.TCPAddr).Port
		go func() { _ = v.server.ServeTLS(listener, "", "") }()
	}
	return nil
}

func (v *vaults) url(address string) string { return fmt.Sprintf("https://%s:%d", address, v.port) }

func (v *vaults) close() error {
	var failed error
	if v.server != nil {
		failed = v.server.Close()
	}
	return errors.Join(failed, v.home.Close())
}

// certify makes one certificate for all addresses, which signs itself, and writes
// it for those who check it.
func (v *vaults) certify() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "vault"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, address := range v.addresses {
		template.IPAddresses = append(template.IPAddresses, net.ParseIP(address))
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	written := os.WriteFile(v.caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, written
}

// discard is where the server's complaints go.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
