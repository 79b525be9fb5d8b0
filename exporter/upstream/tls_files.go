package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"runtime"
	"slices"
	"sync"
	"time"
	"weak"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/localfile"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// tlsFiles are the files of a TLS client and what was made of them, which is made
// anew when one of them changes. Who names the same files shares it.
type tlsFiles struct {
	names config.TLS

	mu       sync.Mutex
	versions []localfile.Version
	made     *tlsClient
}

// tlsClient is what the connections of a TLS client have in common.
type tlsClient struct {
	config *tls.Config
	// expiry is the client certificate's own; zero where there is none.
	expiry time.Time
}

// inUse are the files that somebody uses: thousands of flows may name one CA.
var inUse = struct {
	mu    sync.Mutex
	files map[config.TLS]weak.Pointer[tlsFiles]
}{files: map[config.TLS]weak.Pointer[tlsFiles]{}}

// filesOf returns the files that a section names; nil names none.
func filesOf(section *config.TLS) *tlsFiles {
	var names config.TLS
	if section != nil {
		names = *section
	}
	inUse.mu.Lock()
	defer inUse.mu.Unlock()
	if shared := inUse.files[names].Value(); shared != nil {
		return shared
	}
	f := &tlsFiles{names: names}
	inUse.files[names] = weak.Make(f)
	runtime.AddCleanup(f, unused, names)
	return f
}

// unused forgets files that nobody uses any more.
func unused(names config.TLS) {
	inUse.mu.Lock()
	defer inUse.mu.Unlock()
	if inUse.files[names].Value() == nil {
		delete(inUse.files, names)
	}
}

// client returns what the files are good for now. The same files give the same one.
func (f *tlsFiles) client() (*tlsClient, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	changed := func(v localfile.Version) bool { return !v.Current() }
	if f.made != nil && !slices.ContainsFunc(f.versions, changed) {
		return f.made, nil
	}
	f.made, f.versions = nil, nil
	for _, name := range []string{f.names.CAFile, f.names.CertFile, f.names.KeyFile} {
		if name != "" {
			f.versions = append(f.versions, localfile.VersionOf(name))
		}
	}
	made, err := readTLS(f.names)
	if err != nil {
		return nil, err
	}
	f.made = made
	return made, nil
}

// readTLS reads the files of a TLS client.
func readTLS(names config.TLS) (*tlsClient, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: names.ServerName}
	if names.CAFile != "" {
		pem, err := readFile("CA file", names.CAFile, localfile.MaxBytes)
		if err != nil {
			return nil, err
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, reason.Errorf(reason.Config, "reading the CA file %q: got no PEM certificate", names.CAFile)
		}
	}
	if names.CertFile == "" {
		return &tlsClient{config: cfg}, nil
	}
	cert, err := readFile("client certificate", names.CertFile, localfile.MaxBytes)
	if err != nil {
		return nil, err
	}
	key, err := readFile("client certificate's key", names.KeyFile, localfile.MaxBytes)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, reason.Errorf(reason.Config, "reading the client certificate %q and its key %q", names.CertFile, names.KeyFile)
	}
	cfg.Certificates = []tls.Certificate{pair}
	return &tlsClient{config: cfg, expiry: pair.Leaf.NotAfter}, nil
}
