package upstream

import (
	"sync"

	"homelab.io/vault-health-exporter/exporter/config"
)

// Sessions are what the checks of many flows leave to each other: those that ask
// the same Vault in the same name share one session. The nil Sessions share
// nothing.
type Sessions struct {
	mu   sync.Mutex
	open map[asker]*session
}

// NewSessions makes Sessions that nobody uses.
func NewSessions() *Sessions { return &Sessions{open: map[asker]*session{}} }

// asker is who asks which Vault, as the configuration has it: all that a
// connection or a login depends on.
type asker struct {
	address, namespace string
	tls                config.TLS
	tokenFile          string
	login              config.KubernetesAuth
}

func askerOf(cfg config.Vault) asker {
	id := asker{address: cfg.Address, namespace: cfg.Namespace}
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

// join returns the session of those who ask as cfg says, which has one user more.
func (s *Sessions) join(cfg config.Vault) *session {
	if s == nil {
		return &session{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := askerOf(cfg)
	shared := s.open[id]
	if shared == nil {
		shared = &session{}
		s.open[id] = shared
	}
	shared.flows++
	return shared
}

// leave takes a user from the session that join gave for cfg, and reports whether
// it was the last: then nobody gets it any more.
func (s *Sessions) leave(cfg config.Vault) (last bool) {
	if s == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := askerOf(cfg)
	shared := s.open[id]
	if shared.flows--; shared.flows > 0 {
		return false
	}
	delete(s.open, id)
	return true
}
