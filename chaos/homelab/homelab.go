// Package homelab is an embedded homelab: the NAS Vault, the main Vault, the
// Docker API and the Kubernetes API of one flow, on loopback, with the two
// copiers that move the token between them and a catalogue of faults.
//
// The servers speak the wire protocols of Vault 1.21, Docker API 1.41 and
// Kubernetes 1.34 for the requests that the flow makes, and no others. Whatever
// they do not know they refuse as the real server would refuse a client without
// the right to it; they never invent an answer.
package homelab

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/exporter/journal"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// Options are the times of a homelab.
type Options struct {
	// Interval is the exporter's, written into Config; zero means 2 s. Timeout
	// bounds one check; zero means half of the interval.
	Interval, Timeout time.Duration
	// CopyInterval is the time between two runs of the copiers; zero means 5 s.
	CopyInterval time.Duration
	// TokenTTL is for how long a token lives; zero is for ever.
	TokenTTL time.Duration
	// Network is where the servers listen; nil means on loopback.
	Network Network
	// Plain has all servers speak without TLS, which costs most of the time of a
	// check.
	Plain bool
	// Mark is in every token that the Vaults issue, so that a test finds them
	// wherever they are; at most 12 letters.
	Mark string
	// Run, where set, runs the commands of the container instead of the one that
	// the embedded engine knows. Whoever reaches the Docker API may then do what
	// Run does, so it is for tests. It need not read the whole input.
	Run func(command []string, input io.Reader) (stdout, stderr []byte, exit int)
}

// Homelab is an embedded flow: NAS Vault, main Vault, Docker API, Kubernetes
// API, and the two copiers between them.
//
// One mutex guards all of its state, so a reader never sees a half-done fault.
type Homelab struct {
	dir  string
	opt  Options
	pki  *pki
	auth credentials

	nasServer, mainServer, dockerServer, kubeServer *server

	mu     sync.Mutex
	active map[string]bool // the faults that are broken now, by name
	held   chan struct{}   // requests to a slow NAS Vault wait for it to close
	nas    *vaultNode
	main   *vaultNode
	// stranger is the Vault that a fault puts in the NAS Vault's place, and
	// mainStranger that in the main Vault's.
	stranger, mainStranger *vaultNode
	docker                 *dockerEngine
	kube                   *cluster
	// current is the newest token; previous is the one that rotation replaced
	// and that works until the next rotation.
	current, previous string
	// open is the rotation that a fault leaves open.
	open journal.Entry
	// canary is what the exporter may decrypt with the unseal key.
	canary string

	stop    chan struct{}
	copiers sync.WaitGroup
	closing sync.Once
	closed  error
}

// Start writes the homelab's files into dir, which it makes, and starts its
// servers and its copiers. The flow is green when it returns.
func Start(dir string, opt Options) (*Homelab, error) {
	if opt.Interval == 0 {
		opt.Interval = 2 * time.Second
	}
	if opt.Timeout == 0 {
		opt.Timeout = opt.Interval / 2
	}
	if opt.CopyInterval == 0 {
		opt.CopyInterval = 5 * time.Second
	}
	if opt.Network == nil {
		opt.Network = loopback{}
	}
	absolute, err := filepath.Abs(dir) // the files name each other
	if err != nil {
		return nil, fmt.Errorf("finding the folder %q: %w", dir, err)
	}
	h := &Homelab{dir: absolute, opt: opt, active: map[string]bool{}, stop: make(chan struct{})}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder %q: %w", dir, err)
	}
	// MkdirAll leaves a folder that exists as it is, open to others or not.
	if err := os.Chmod(dir, 0o700); /* #nosec G302 -- a folder */ err != nil {
		return nil, fmt.Errorf("closing the folder %q to others: %w", dir, err)
	}
	if h.pki, err = newPKI(); err != nil {
		return nil, err
	}
	h.build()
	if err := h.start(); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	h.copiers.Go(h.copyForever)
	return h, nil
}

// build makes the state of every server.
func (h *Homelab) build() {
	h.nas = newVaultNode(h, NAS, map[string]policy{})
	h.canary = seal(h.nas.unsealKey, upstream.TransitCanary)
	decrypt := "transit/decrypt/" + unsealKeyName
	h.nas.policies[exporterName] = policy{
		may: map[string][]string{
			"secret/data/" + nasPath: {"read"}, "pki/sign/" + pkiRole: {"update"}, decrypt: {"update"},
		},
		only: map[string]parameters{decrypt: {"ciphertext": h.canary}},
	}
	h.main = newVaultNode(h, Main, map[string]policy{exporterName: {may: map[string][]string{"secret/data/" + mainPath: {"read"}}}})
	h.main.logins[exporterName] = loginRole{accounts: []string{exporterName}, policies: []string{exporterName}}
	h.docker = newDockerEngine(h)
	h.kube = newCluster(h)
	exporter := h.kube.account(exporterName)
	exporter.rules = exporterRules
	h.current = h.issue() // Start rotates once, so that there is a predecessor
	h.auth = credentials{
		nasToken: h.nas.tokens.issue(tokenRequest{policies: []string{exporterName}, display: "token-" + exporterName, path: "auth/token/create", ttl: maxTTL}).id,
		jwt:      exporter.jwt,
		bearer:   exporter.bearer,
	}
	h.stranger = newVaultNode(h, NAS, map[string]policy{})
	h.mainStranger = newVaultNode(h, Main, map[string]policy{})
	secure := func(link chaos.Link) shakeHands { return h.greeting(link, h.pki.serverTLS) }
	mutual := h.greeting(chaos.LinkDocker, h.dockerTLS)
	if h.opt.Plain {
		secure, mutual = func(chaos.Link) shakeHands { return nil }, nil
	}
	h.nasServer = newServer(h.opt.Network, h.behind(chaos.LinkNASVault, http.HandlerFunc(h.atNASAddress)), secure(chaos.LinkNASVault))
	h.mainServer = newServer(h.opt.Network, h.behind(chaos.LinkMainVault, http.HandlerFunc(h.atMainAddress)), secure(chaos.LinkMainVault))
	h.dockerServer = newServer(h.opt.Network, h.behind(chaos.LinkDocker, h.docker), mutual)
	h.dockerServer.http1 = true // the daemon does not speak HTTP/2, which has no hijacking
	h.kubeServer = newServer(h.opt.Network, h.behind(chaos.LinkKubernetes, h.kube), secure(chaos.LinkKubernetes))
}

func (h *Homelab) start() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.servers() {
		if err := s.up(); err != nil {
			return err
		}
	}
	h.kube.pointStore(h.mainServer.url(), mainPath)
	if err := h.rotate(); err != nil {
		return err
	}
	if err := h.sync(); err != nil {
		return err
	}
	return h.writeFiles()
}

func (h *Homelab) servers() []*server {
	return []*server{h.nasServer, h.mainServer, h.dockerServer, h.kubeServer}
}

// Rotate makes a new token at the NAS Vault and writes it to the KV secret and
// to the file. The replaced token works until the next rotation, so that the
// copiers have time to carry the new one.
func (h *Homelab) Rotate() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rotate()
}

// issue makes a token for applications.
func (h *Homelab) issue() string {
	if h.opt.TokenTTL == 0 {
		return h.nas.tokens.issueRoot().id
	}
	return h.nas.tokens.issue(tokenRequest{policies: []string{"root"}, display: "token", path: "auth/token/create", ttl: h.opt.TokenTTL}).id
}

func (h *Homelab) rotate() error {
	h.nas.tokens.revoke(h.previous)
	h.previous = h.current
	h.current = h.issue()
	return h.reconcile()
}

// Sync runs both copiers once, now.
func (h *Homelab) Sync() {
	h.mu.Lock()
	defer h.mu.Unlock()
	// Only a fault that opens or closes a port can fail, and a sync does neither.
	_ = h.sync()
}

func (h *Homelab) sync() error {
	h.runBroker(time.Now())
	h.runExternalSecrets(time.Now())
	return h.reconcile()
}

func (h *Homelab) copyForever() {
	ticker := time.NewTicker(h.opt.CopyInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			h.Sync()
		case <-h.stop:
			return
		}
	}
}

// Close stops the copiers and the servers and waits for both. The files stay.
func (h *Homelab) Close() error {
	h.closing.Do(func() {
		close(h.stop)
		h.copiers.Wait()
		h.mu.Lock()
		for _, s := range h.servers() {
			h.closed = errors.Join(h.closed, s.close())
		}
		h.mu.Unlock()
		// Requests that run need the lock to end.
		for _, s := range h.servers() {
			s.active.Wait()
		}
	})
	return h.closed
}
