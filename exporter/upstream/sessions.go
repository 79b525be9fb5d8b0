package upstream

import (
	"sync"

	"homelab.io/vault-health-exporter/exporter/config"
)

// Sessions are what the checks of many flows leave to each other: those that ask
// the same server in the same name share one session. The nil Sessions share
// nothing.
type Sessions struct {
	mu   sync.Mutex
	open map[asker]*session
}

// NewSessions makes Sessions that nobody uses.
func NewSessions() *Sessions { return &Sessions{open: map[asker]*session{}} }

// asker is who asks which server, as the configuration has it: all that a
// connection or a login depends on. It is one of the types below.
type asker any

type vaultAsker struct {
	address, namespace string
	tls                config.TLS
	tokenFile          string
	login              config.KubernetesAuth
}

// kubernetesAsker asks as its kubeconfig says; "" is the pod's own.
type kubernetesAsker struct{ kubeconfig string }

func askerOf(cfg config.Vault) asker {
	id := vaultAsker{address: cfg.Address, namespace: cfg.Namespace}
	if cfg.TLS != nil {
		id.tls = *cfg.TLS
	}
	if cfg.Auth != nil {
		id.tokenFile = cfg.Auth.TokenFile
		if cfg.Auth.Kubernetes != nil {
			id.login = *cfg.Auth.Kubernetes
		}
	}
	return id
}

// join returns the session of an asker, which has one user more.
func (s *Sessions) join(id asker) *session {
	if s == nil {
		return &session{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	shared := s.open[id]
	if shared == nil {
		shared = &session{}
		s.open[id] = shared
	}
	shared.flows++
	return shared
}

// leave takes a user from the session that join gave for an asker, and reports
// whether it was the last: then nobody gets it any more.
func (s *Sessions) leave(id asker) (last bool) {
	if s == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	shared := s.open[id]
	if shared.flows--; shared.flows > 0 {
		return false
	}
	delete(s.open, id)
	return true
}
