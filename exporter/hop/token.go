package hop

import (
	"context"
	"slices"
	"sync"

	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// Token checks that the token which applications would get now authenticates
// at the NAS Vault. It reads the Secret itself, so that it proves the value
// that is served and not one that another check remembers.
func Token(nas *upstream.VaultServer, cluster *upstream.KubernetesServer) Check {
	readSecret := K8sSecret(cluster)
	return func(ctx context.Context) (r Reading, err error) {
		r, err = readSecret(ctx)
		if err != nil && reason.Of(err) != reason.Padded { // the white space is the Secret's to answer for
			return r, err
		}
		r.Auth, err = lookup(ctx, nas, r.Token, &r.Trace)
		if r.Auth != nil {
			r.found(ofToken(r.Auth)...)
		}
		return r, err
	}
}

// ofToken is what is exported of what the NAS Vault says of a token. Of one that it
// refuses it says nothing else.
func ofToken(state *upstream.TokenState) []catalogue.Fact {
	if !state.Valid {
		return []catalogue.Fact{catalogue.Flag(catalogue.TokenValid, false)}
	}
	return []catalogue.Fact{
		catalogue.Flag(catalogue.TokenValid, true), catalogue.Flag(catalogue.TokenRoot, state.Root), catalogue.End(catalogue.TokenExpiry, state.Expiry),
	}
}

// limited are the tokens with a number of uses that were looked up: each look
// is a use, and the flow must not end because it is watched. They are the
// process' and no check's, so that neither a reload nor a second flow looks
// again; a restart does, once.
var limited = seen{prints: token.NewFingerprinter()}

// seen remembers the newest values that it was told.
type seen struct {
	prints *token.Fingerprinter
	mu     sync.Mutex
	values []token.Fingerprint
}

// maxSeen is far more than the flows of one exporter have tokens.
const maxSeen = 256

func (s *seen) has(t token.Token) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.values, s.prints.Of(t).Equal)
}

func (s *seen) add(t token.Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values = append(s.values, s.prints.Of(t))
	if len(s.values) > maxSeen {
		s.values = s.values[1:]
	}
}

// lookup asks the NAS Vault about t, unless that would use it up.
func lookup(ctx context.Context, nas *upstream.VaultServer, t token.Token, trace *upstream.Trace) (*upstream.TokenState, error) {
	if limited.has(t) {
		return nil, reason.Errorf(reason.LimitedUses, "looking up the applications' token: it was found to have a number of uses, and each look is one")
	}
	client, err := nas.Open(ctx, trace)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	client.UseToken(t)
	state, err := client.LookupSelf(ctx)
	if reason.Of(err) == reason.LimitedUses {
		limited.add(t)
	}
	return state, err
}
