package flow

import "homelab.io/vault-health-exporter/exporter/reason"

// trouble is what a finding means to the hops that have to do with its hop.
type trouble string

const (
	own        trouble = "own"        // the exporter could not look, by its own fault
	refused    trouble = "refused"    // the exporter may not look
	unanswered trouble = "unanswered" // the server as a whole did not serve
	missing    trouble = "missing"    // nothing is there
	wrong      trouble = "wrong"      // something is there that is no token
	old        trouble = "old"        // a copy is not what it is made from
	dead       trouble = "dead"       // the NAS Vault refuses the token
	failing    trouble = "failing"    // a copier tries and fails
	late       trouble = "late"       // a copier has not succeeded for too long
	off        trouble = "off"        // a copier is switched off
	gone       trouble = "gone"       // a copier is not there
	stranger   trouble = "stranger"   // another server answers in its place
	local      trouble = "local"      // nothing follows from it elsewhere
)

// copier reports whether h moves the token and holds none.
func copier(h Hop) bool { return h == Broker || h == ExternalSecret }

// troubleOf says what it means that the check of h failed with r.
func troubleOf(h Hop, r reason.Reason) trouble {
	switch {
	case r.Own() && r.Group() == reason.Exporter:
		return own
	case r.Own(), h != Token && (r == reason.TokenRefused || r == reason.LimitedUses):
		return refused
	case r == reason.BreakerOpen, r == reason.RateLimited, r == reason.ProxyRefused:
		return unanswered
	case r == reason.OtherVault:
		return stranger
	case copier(h) && r == reason.NotFound:
		return gone
	case r == reason.MountMissing, r == reason.KVVersion:
		return missing
	case r == reason.NotFound, r == reason.KeyMissing, r == reason.SoftDeleted, r == reason.Destroyed:
		return missing
	case r == reason.Suspended:
		return off
	case copier(h) && (r == reason.Stale || r == reason.Mismatch):
		return late
	case r == reason.Stale && h != Token:
		return old
	}
	switch r.Group() {
	case reason.Network, reason.TLS, reason.Vault:
		return unanswered
	case reason.Value:
		return wrong
	case reason.Kubernetes:
		return failing
	case reason.Credential:
		if h == Token {
			return dead
		}
		return wrong // two keys of one Secret, a certificate for another key
	}
	return local
}

// relation is how an effect's hop has to do with the cause's.
type relation string

const (
	asks    relation = "asks"    // its check calls the cause's server
	works   relation = "works"   // it needs the cause's server for its work, which shows late
	fed     relation = "fed"     // the cause is the nearest hop that the value comes through
	source  relation = "source"  // the cause is the nearest copy that the value comes from
	copied  relation = "copied"  // it is, and what copies from it does not look at what it copies
	proves  relation = "proves"  // it tries the very token that the cause is about before it copies it
	follows relation = "follows" // the value comes through the cause, and is not known to be the newest
)

// consequences lists what a trouble can lead to, and by which relation; what is
// not in it is a fault of its own. A copier that is late or switched off leaves
// an old copy behind and nothing else: it neither spoils nor deletes one. One
// that fails, or is gone, also leaves none where there was none.
var consequences = []struct {
	by            relation
	cause, effect trouble
}{
	{asks, unanswered, unanswered},
	{asks, refused, refused},

	// Another Vault knows neither our credentials nor the applications' token.
	{asks, stranger, refused},
	{asks, stranger, missing},
	{asks, stranger, dead},
	{works, stranger, failing},
	{works, stranger, late},

	{works, unanswered, failing},
	{works, unanswered, late},
	{works, refused, failing},
	{works, refused, late},

	{fed, missing, failing},
	{fed, missing, late},
	{fed, wrong, failing},
	{fed, wrong, late},
	{fed, failing, missing},
	{fed, gone, missing},

	{source, missing, missing},
	{copied, wrong, wrong},

	{proves, dead, failing},

	{follows, failing, dead},
	{follows, late, dead},
	{follows, off, dead},
	{follows, gone, dead},
	{follows, old, dead},
}
