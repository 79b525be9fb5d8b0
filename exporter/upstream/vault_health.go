package upstream

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"time"

	vault "github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// VaultState is what a Vault says of itself.
type VaultState struct {
	Initialized, Sealed, Standby bool
	Version                      string
	// ClockSkew is Vault's clock minus ours at the request's midpoint; nil
	// where the answer carried no time.
	ClockSkew *time.Duration
}

// Health asks a Vault for its state and fails unless it is active. The state
// is valid beside an error too, where it is the failure; nil without an answer.
func (c *Vault) Health(ctx context.Context) (state *VaultState, err error) {
	err = c.request(ctx, OpVaultHealth, func(ctx context.Context) error {
		start := time.Now()
		reply, err := c.api.Sys().HealthWithContext(ctx)
		if err != nil {
			return healthError(err)
		}
		if reply.Version == "" {
			// Every Vault says its version; what does not is not a Vault.
			return reason.Errorf(reason.MalformedResponse, "got a reply without a version")
		}
		state = vaultState(reply, start, time.Now())
		switch {
		case !reply.Initialized:
			return reason.Errorf(reason.Uninitialized, "got an uninitialized Vault, want an active one")
		case reply.Sealed:
			return reason.Errorf(reason.Sealed, "got a sealed Vault, want an active one")
		case reply.Standby:
			return reason.Errorf(reason.Standby, "got a standby, want an active Vault")
		}
		return nil
	})
	return state, err
}

// healthError reads Vault's own status of health, which it uses where the
// request's query, which asks for another, got lost on the way. Its body then
// has no list of errors; a proxy's has, or is no JSON.
func healthError(err error) error {
	var reply *vault.ResponseError
	if !errors.As(err, &reply) || reply.RawError || len(reply.Errors) > 0 {
		return err
	}
	switch reply.StatusCode {
	case http.StatusNotImplemented:
		return reason.Errorf(reason.Uninitialized, "got status %d, want 200", reply.StatusCode)
	case http.StatusServiceUnavailable:
		return reason.Errorf(reason.Sealed, "got status %d, want 200", reply.StatusCode)
	case 472, 473: // disaster recovery and performance standby
		return reason.Errorf(reason.Standby, "got status %d, want 200", reply.StatusCode)
	}
	return err
}

func vaultState(reply *vault.HealthResponse, start, end time.Time) *VaultState {
	state := &VaultState{
		Initialized: reply.Initialized,
		Sealed:      reply.Sealed,
		Standby:     reply.Standby,
		Version:     knownVersion(reply.Version),
	}
	if reply.ServerTimeUTC > 0 {
		// The server cuts its clock to whole seconds, half a second on average.
		server := time.Unix(reply.ServerTimeUTC, 0).Add(time.Second / 2)
		skew := server.Sub(start.Add(end.Sub(start) / 2))
		state.ClockSkew = &skew
	}
	return state
}

var versionForm = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+([-+][A-Za-z0-9.+-]{1,24})?$`)

// knownVersion keeps whatever else a server may call its version out of labels.
func knownVersion(version string) string {
	if versionForm.MatchString(version) {
		return version
	}
	return "unknown"
}
