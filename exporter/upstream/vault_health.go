package upstream

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// VaultState is what a Vault says of itself.
type VaultState struct {
	Initialized, Sealed, Standby bool
	Version                      string
	// Identity is a number made from the cluster's id: another Vault has
	// another one. It is 0 where Vault did not say, as while it is sealed.
	Identity uint64
	// ClockSkew is Vault's clock minus ours at the request's midpoint; nil
	// where the answer carried no time.
	ClockSkew *time.Duration
}

// healthReply is what is read of sys/health. Without the first two it is not
// Vault's; the version may be switched off.
type healthReply struct {
	Initialized *bool  `json:"initialized"`
	Sealed      *bool  `json:"sealed"`
	Standby     bool   `json:"standby"`
	DRMode      string `json:"replication_dr_mode"`
	Removed     bool   `json:"removed_from_cluster"`
	Version     string `json:"version"`
	ClusterID   string `json:"cluster_id"`
	ServerTime  int64  `json:"server_time_utc"`
}

// healthQuery asks for one status in every state, so that no proxy in between
// takes one for a failure of its own. Where the query gets lost on the way Vault
// answers with its usual ones; it is the body that is read.
var healthQuery = url.Values{
	"uninitcode": {"299"}, "sealedcode": {"299"}, "standbycode": {"299"}, "drsecondarycode": {"299"},
	"performancestandbycode": {"299"}, "removedcode": {"299"}, "haunhealthycode": {"299"},
}.Encode()

// Health asks a Vault for its state and fails unless it is active. The state
// is valid beside an error too, where it is the failure; nil without an answer.
// It needs and sends no credentials, and no namespace: OpenBao refuses to speak of
// its health in one.
func (c *Vault) Health(ctx context.Context) (state *VaultState, err error) {
	request := Request{Method: http.MethodGet, Path: "sys/health", Query: healthQuery, OfServer: true}
	start := time.Now()
	err = c.ask(ctx, OpVaultHealth, request, maxHealthBytes, func(a answer) error {
		var reply healthReply
		err := a.decode(&reply)
		if err != nil || reply.Initialized == nil || reply.Sealed == nil {
			return notHealth(a)
		}
		state = reply.state(start, time.Now())
		return reply.judge()
	})
	return state, err
}

// notHealth judges an answer that is not a Vault's state. Health is nobody's
// secret, so no refusal can be about our credentials.
func notHealth(a answer) error {
	if err := a.refused(Request{}); err == nil {
		return reason.Errorf(reason.MalformedResponse, "got status %d without a Vault's state", a.status)
	}
	refusal := a.refusal()
	switch refusal.usual() {
	case reason.Forbidden, reason.Unauthorized, reason.NotFound, reason.MountMissing:
		return reason.Errorf(reason.HTTPUnexpected, "got status %d, want 200", a.status)
	}
	return refusal.err()
}

// judge fails unless the state is that of an active Vault. The order is Vault's
// own: a node that was removed says that it is sealed, too.
func (r healthReply) judge() error {
	switch {
	case !*r.Initialized:
		return reason.Errorf(reason.Uninitialized, "got an uninitialized Vault, want an active one")
	case r.Removed:
		return reason.Errorf(reason.NodeRemoved, "got a node that was removed from its cluster, want an active Vault")
	case *r.Sealed:
		return reason.Errorf(reason.Sealed, "got a sealed Vault, want an active one")
	case r.DRMode == "secondary":
		return reason.Errorf(reason.Standby, "got a disaster-recovery secondary, want an active Vault")
	case r.Standby:
		return reason.Errorf(reason.Standby, "got a standby, want an active Vault")
	}
	return nil
}

func (r healthReply) state(start, end time.Time) *VaultState {
	state := &VaultState{
		Initialized: *r.Initialized,
		Sealed:      *r.Sealed,
		Standby:     r.Standby || r.DRMode == "secondary",
		Version:     knownVersion(r.Version),
		Identity:    identity(r.ClusterID),
	}
	if r.ServerTime > 0 && r.ServerTime < farFuture {
		// The server cuts its clock to whole seconds, half a second on average.
		server := time.Unix(r.ServerTime, 0).Add(time.Second / 2)
		skew := server.Sub(start.Add(end.Sub(start) / 2))
		state.ClockSkew = &skew
	}
	return state
}

// farFuture is the year 2200: a clock beyond it is no clock, and the difference
// would not fit a duration.
const farFuture = 7258118400

// identity makes a number of 48 bits, which a metric carries exactly.
func identity(clusterID string) uint64 {
	if clusterID == "" {
		return 0
	}
	sum := sha256.Sum256([]byte(clusterID))
	return binary.BigEndian.Uint64(sum[:]) >> 16
}

// versionForm is what Vault and OpenBao call their releases: three numbers, a
// pre-release, and the edition.
var versionForm = regexp.MustCompile(`^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}(-(alpha|beta|rc|dev|nightly)[0-9.]{0,10})?(\+(ent|prem|pro|bao)(\.(hsm|fips[0-9]{1,5})){0,3}(\.[0-9]{1,3})?)?$`)

// knownVersion keeps whatever else a server may call its version out of labels.
func knownVersion(version string) string {
	if versionForm.MatchString(version) {
		return version
	}
	return "unknown"
}
