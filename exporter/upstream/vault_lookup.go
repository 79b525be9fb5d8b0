package upstream

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// TokenState is what lookup-self says of a token.
type TokenState struct {
	Valid bool
	// Accessor names the token without being able to act for it; empty where
	// the reply had none of an accessor's form.
	Accessor string
	// Root says that the token carries the root policy.
	Root bool
	// Expiry is when the token ends; zero for a token without TTL.
	Expiry time.Time
}

type lookupReply struct {
	Data *struct {
		TTL        *json.Number `json:"ttl"`
		ExpireTime *string      `json:"expire_time"`
		Policies   []string     `json:"policies"`
		NumUses    int          `json:"num_uses"`
		Accessor   string       `json:"accessor"`
	} `json:"data"`
}

// LookupSelf asks Vault about the client's own token: no write, no lease, but
// one use of a token that has a number of uses, which is the reason LimitedUses.
// The state is valid beside that error, and beside Revoked.
func (c *Vault) LookupSelf(ctx context.Context) (state *TokenState, err error) {
	request := Request{Method: http.MethodGet, Path: "auth/token/lookup-self", Judge: lookupRefused}
	err = c.ask(ctx, OpTokenLookup, request, maxObjectBytes, func(a answer) error {
		err := a.refused(request)
		if reason.Of(err) == reason.Revoked {
			state = &TokenState{}
		}
		if err != nil {
			return err
		}
		var reply lookupReply
		if err := a.decode(&reply); err != nil {
			return err
		}
		state, err = reply.state()
		return err
	})
	return state, err
}

// lookupRefused tells a token that is not valid from one that may be, which
// Vault refuses with the same status:
//
//   - "invalid token" and "bad token" are said of a token that Vault does not
//     know. One of a namespace that it does not have it cannot even look for:
//     status 500.
//   - One error in a list is what the policies of a known token do not allow.
//   - "permission denied" alone is a known token from an address that it is not
//     bound to, or of a disabled entity; and, at OpenBao and before Vault 1.17,
//     also an unknown one.
func lookupRefused(refusal Refusal) error {
	switch {
	case refusal.Says("invalid token"), refusal.Says("bad token"),
		refusal.Status == http.StatusInternalServerError && refusal.Says("failed to look up namespace from the token"):
		return reason.Errorf(reason.Revoked, "got status %d for a token that is not valid", refusal.Status)
	case refusal.Status != http.StatusForbidden || !refusal.vaults:
		return nil
	case refusal.Says("1 error occurred"):
		return reason.Errorf(reason.Policy, "got status %d for a token that authenticates", refusal.Status)
	}
	return reason.Errorf(reason.TokenRefused, "got status %d without a word about the token", refusal.Status)
}

// state reads the reply. A token without TTL has a null expire_time; a missing
// ttl means that the reply is not Vault's.
func (r lookupReply) state() (*TokenState, error) {
	if r.Data == nil || r.Data.TTL == nil {
		return nil, reason.Errorf(reason.MalformedResponse, "got a reply without a time to live")
	}
	if r.Data.Policies == nil {
		return nil, reason.Errorf(reason.MalformedResponse, "got a reply without policies")
	}
	state := &TokenState{Valid: true, Root: slices.Contains(r.Data.Policies, "root")}
	if token.IsAccessor(r.Data.Accessor) {
		state.Accessor = r.Data.Accessor
	}
	if r.Data.ExpireTime != nil {
		end, err := time.Parse(time.RFC3339Nano, *r.Data.ExpireTime)
		if err != nil {
			return nil, reason.Errorf(reason.MalformedResponse, "got an expiry that is not a time")
		}
		state.Expiry = end
	}
	switch {
	case r.Data.NumUses < 0: // the look was the last use
		return &TokenState{}, reason.Errorf(reason.Revoked, "got a token whose uses are used up")
	case r.Data.NumUses > 0:
		return state, reason.Errorf(reason.LimitedUses, "got a token with %d uses left", r.Data.NumUses)
	}
	return state, nil
}
