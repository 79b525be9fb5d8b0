package flow

import (
	"testing"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestTroubleOf has one of each kind that a finding can be.
func TestTroubleOf(t *testing.T) {
	for _, tc := range []struct {
		hop    Hop
		reason reason.Reason
		want   trouble
	}{
		{NASKV, reason.Config, own},
		{NASKV, reason.Internal, own},
		{NASKV, reason.Forbidden, refused},
		{NASKV, reason.TokenRefused, refused},
		{NASKV, reason.LimitedUses, refused},
		{Token, reason.TokenRefused, local},
		{Token, reason.LimitedUses, local},
		{NASKV, reason.BreakerOpen, unanswered},
		{NASKV, reason.RateLimited, unanswered},
		{NASKV, reason.ProxyRefused, unanswered},
		{NASVault, reason.OtherVault, stranger},
		{Broker, reason.NotFound, gone},
		{ExternalSecret, reason.NotFound, gone},
		{NASKV, reason.MountMissing, missing},
		{NASKV, reason.KVVersion, missing},
		{NASKV, reason.NotFound, missing},
		{K8sSecret, reason.KeyMissing, missing},
		{NASKV, reason.SoftDeleted, missing},
		{NASKV, reason.Destroyed, missing},
		{Broker, reason.Suspended, off},
		{ExternalSecret, reason.Suspended, off},
		{Broker, reason.Stale, late},
		{ExternalSecret, reason.Mismatch, late},
		{MainKV, reason.Stale, old},
		{NASVault, reason.ConnectRefused, unanswered},
		{NASVault, reason.TLSExpired, unanswered},
		{NASVault, reason.Sealed, unanswered},
		{NASKV, reason.Malformed, wrong},
		{Broker, reason.JobFailed, failing},
		{ExternalSecret, reason.NotReady, failing},
		{Token, reason.Revoked, dead},
		{K8sSecret, reason.Mismatch, wrong},
		{PKI, reason.Mismatch, wrong},
		{DockerExec, reason.ContainerMissing, local},
	} {
		if got := troubleOf(tc.hop, tc.reason); got != tc.want {
			t.Errorf("%s %s: got %q, want %q", tc.hop, tc.reason, got, tc.want)
		}
	}
}
