package flow_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

func TestBlame(t *testing.T) {
	type failing = map[flow.Hop]reason.Reason
	stale := func(from, to flow.Hop) flow.Drift {
		return flow.Drift{Pair: flow.Pair{From: from, To: to}, Reason: reason.Stale}
	}
	for _, tc := range []struct {
		name    string
		failing failing
		drifts  []flow.Drift
		synced  []flow.Pair
		without []flow.Hop
		want    flow.Verdict
	}{
		{
			name:    "broker suspended, External Secrets stopped, Secret deleted: resuming the broker brings nothing back",
			failing: failing{flow.Broker: reason.Suspended, flow.ExternalSecret: reason.NotReady, flow.K8sSecret: reason.NotFound, flow.Token: reason.NotFound},
			synced:  []flow.Pair{{From: flow.NASKV, To: flow.MainKV}},
			want:    flow.Verdict{Result: flow.Bad, Hop: flow.ExternalSecret, Reason: reason.NotReady},
		},
		{
			name:    "the same where External Secrets left the object ready: it is late, and did not delete the Secret",
			failing: failing{flow.Broker: reason.Suspended, flow.ExternalSecret: reason.Stale, flow.K8sSecret: reason.NotFound, flow.Token: reason.NotFound},
			want:    flow.Verdict{Result: flow.Bad, Hop: flow.K8sSecret, Reason: reason.NotFound},
		},
		{
			name:    "no Kubernetes API, which reviews the main Vault's logins",
			failing: failing{flow.Broker: reason.Timeout, flow.MainVault: reason.Forbidden, flow.MainKV: reason.Forbidden},
			without: []flow.Hop{flow.ExternalSecret, flow.K8sSecret, flow.Token},
			want:    flow.Verdict{Result: flow.Inconclusive, Hop: flow.Broker, Reason: reason.Timeout},
		},
		{
			name:    "broker suspended, and somebody deletes the Secret",
			failing: failing{flow.Broker: reason.Suspended, flow.K8sSecret: reason.NotFound, flow.Token: reason.NotFound},
			want:    flow.Verdict{Result: flow.Bad, Hop: flow.K8sSecret, Reason: reason.NotFound},
		},
		{
			name:    "broker suspended, and log lines in the main Vault's copy",
			failing: failing{flow.Broker: reason.Suspended, flow.MainKV: reason.Ambiguous},
			want:    flow.Verdict{Result: flow.Degraded, Hop: flow.MainKV, Reason: reason.Ambiguous},
		},
		{
			name:    "the same when the Secret has them too",
			failing: failing{flow.Broker: reason.Suspended, flow.MainKV: reason.Ambiguous, flow.K8sSecret: reason.Ambiguous, flow.Token: reason.Ambiguous},
			want:    flow.Verdict{Result: flow.Bad, Hop: flow.MainKV, Reason: reason.Ambiguous},
		},
		{
			name:    "broker suspended, the copies in sync, the token revoked",
			failing: failing{flow.Broker: reason.Suspended, flow.Token: reason.Revoked},
			synced:  []flow.Pair{{From: flow.NASKV, To: flow.MainKV}, {From: flow.MainKV, To: flow.K8sSecret}},
			want:    flow.Verdict{Result: flow.Bad, Hop: flow.Token, Reason: reason.Revoked},
		},
		{
			name:    "a token that the broker refuses to move because it is revoked",
			failing: failing{flow.Broker: reason.JobFailed, flow.Token: reason.Revoked},
			synced:  []flow.Pair{{From: flow.NASKV, To: flow.MainKV}, {From: flow.MainKV, To: flow.K8sSecret}},
			want:    flow.Verdict{Result: flow.Bad, Hop: flow.Token, Reason: reason.Revoked},
		},
		{
			name:    "broker suspended, and a rotation that it did not carry on",
			failing: failing{flow.Broker: reason.Suspended, flow.Token: reason.Revoked},
			drifts:  []flow.Drift{stale(flow.NASKV, flow.MainKV)},
			synced:  []flow.Pair{{From: flow.MainKV, To: flow.K8sSecret}},
			want:    flow.Verdict{Result: flow.Bad, Hop: flow.Broker, Reason: reason.Suspended},
		},
		{
			name:    "the same where the exporter may not look at the broker: the copy is what is known",
			failing: failing{flow.Broker: reason.Forbidden, flow.Token: reason.Revoked},
			drifts:  []flow.Drift{stale(flow.NASKV, flow.MainKV)},
			want:    flow.Verdict{Result: flow.Bad, Hop: flow.MainKV, Reason: reason.Stale},
		},
		{
			name: "the NAS was installed anew: another Vault refuses all that the true one knew",
			failing: failing{
				flow.NASVault: reason.OtherVault, flow.NASKV: reason.Forbidden, flow.Broker: reason.JobFailed, flow.Token: reason.Revoked,
				flow.PKI: reason.Forbidden, flow.Transit: reason.WrongKey,
			},
			want: flow.Verdict{Result: flow.Bad, Hop: flow.NASVault, Reason: reason.OtherVault},
		},
		{
			name: "the exporter's RoleBinding is deleted: what applications get is not known",
			failing: failing{
				flow.Broker: reason.Forbidden, flow.ExternalSecret: reason.Forbidden, flow.K8sSecret: reason.Forbidden, flow.Token: reason.Forbidden,
			},
			want: flow.Verdict{Result: flow.Inconclusive, Hop: flow.K8sSecret, Reason: reason.Forbidden},
		},
		{
			name: "its account is deleted, and the main Vault's login with it",
			failing: failing{
				flow.Broker: reason.Unauthorized, flow.MainVault: reason.Forbidden, flow.MainKV: reason.Forbidden,
				flow.ExternalSecret: reason.Unauthorized, flow.K8sSecret: reason.Unauthorized, flow.Token: reason.Unauthorized,
			},
			want: flow.Verdict{Result: flow.Inconclusive, Hop: flow.K8sSecret, Reason: reason.Unauthorized},
		},
		{
			name: "the Kubernetes API does not answer",
			failing: failing{
				flow.Broker: reason.ConnectRefused, flow.ExternalSecret: reason.ConnectRefused, flow.K8sSecret: reason.ConnectRefused, flow.Token: reason.ConnectRefused,
			},
			want: flow.Verdict{Result: flow.Inconclusive, Hop: flow.K8sSecret, Reason: reason.ConnectRefused},
		},
		{
			name:    "the Secret cannot be read, but its token was refused a moment ago",
			failing: failing{flow.K8sSecret: reason.Timeout, flow.Token: reason.Revoked},
			want:    flow.Verdict{Result: flow.Bad, Hop: flow.Token, Reason: reason.Revoked},
		},
		{
			name:    "the main Vault's login is refused where its copy is the last one",
			failing: failing{flow.MainVault: reason.Forbidden, flow.MainKV: reason.Forbidden},
			without: []flow.Hop{flow.ExternalSecret, flow.K8sSecret, flow.Token},
			want:    flow.Verdict{Result: flow.Inconclusive, Hop: flow.MainVault, Reason: reason.Forbidden},
		},
		{
			name:    "the main Vault is down where its copy is what applications read",
			failing: failing{flow.MainVault: reason.ConnectRefused, flow.MainKV: reason.ConnectRefused},
			without: []flow.Hop{flow.ExternalSecret, flow.K8sSecret, flow.Token},
			want:    flow.Verdict{Result: flow.Bad, Hop: flow.MainVault, Reason: reason.ConnectRefused},
		},
		{
			name: "the whole NAS is gone",
			failing: failing{
				flow.DockerExec: reason.ConnectRefused, flow.NASVault: reason.ConnectRefused,
				flow.NASKV: reason.ConnectRefused, flow.Token: reason.ConnectRefused,
			},
			want: flow.Verdict{Result: flow.Degraded, Hop: flow.NASVault, Reason: reason.ConnectRefused},
		},
		{
			name: "the NAS is gone for long: broker stale, main Vault cannot unseal, External Secrets not ready",
			failing: failing{
				flow.NASVault: reason.Timeout, flow.NASKV: reason.Timeout, flow.Token: reason.Timeout, flow.Broker: reason.Stale,
				flow.MainVault: reason.Sealed, flow.MainKV: reason.Sealed, flow.ExternalSecret: reason.NotReady,
			},
			want: flow.Verdict{Result: flow.Degraded, Hop: flow.NASVault, Reason: reason.Timeout},
		},
		{
			name: "the file is missing and the token is revoked: two faults, the fatal one leads",
			failing: failing{
				flow.DockerExec: reason.FileMissing, flow.Token: reason.Revoked,
			},
			want: flow.Verdict{Result: flow.Bad, Hop: flow.Token, Reason: reason.Revoked},
		},
		{
			name: "the main Vault is sealed by itself",
			failing: failing{
				flow.MainVault: reason.Sealed, flow.MainKV: reason.Sealed, flow.ExternalSecret: reason.NotReady,
			},
			want: flow.Verdict{Result: flow.Degraded, Hop: flow.MainVault, Reason: reason.Sealed},
		},
		{
			name:   "the file stayed behind",
			drifts: []flow.Drift{stale(flow.NASKV, flow.DockerExec)},
			want:   flow.Verdict{Result: flow.Degraded, Hop: flow.DockerExec, Reason: reason.Stale},
		},
		{
			name:    "the broker did not move a rotated token, so applications hold a revoked one",
			failing: failing{flow.Token: reason.Revoked},
			drifts:  []flow.Drift{stale(flow.NASKV, flow.MainKV)},
			want:    flow.Verdict{Result: flow.Bad, Hop: flow.Broker, Reason: reason.Stale},
		},
		{
			name:    "the same where no broker is configured",
			failing: failing{flow.Token: reason.Revoked},
			drifts:  []flow.Drift{stale(flow.NASKV, flow.MainKV)},
			without: []flow.Hop{flow.Broker},
			want:    flow.Verdict{Result: flow.Bad, Hop: flow.MainKV, Reason: reason.Stale},
		},
		{
			name:    "External Secrets did not move it",
			failing: failing{flow.Token: reason.Revoked},
			drifts:  []flow.Drift{stale(flow.MainKV, flow.K8sSecret)},
			want:    flow.Verdict{Result: flow.Bad, Hop: flow.ExternalSecret, Reason: reason.Stale},
		},
		{
			name:    "a check that reports a fault is nearer to it than a comparison",
			failing: failing{flow.Broker: reason.Suspended},
			drifts:  []flow.Drift{stale(flow.NASKV, flow.MainKV)},
			want:    flow.Verdict{Result: flow.Degraded, Hop: flow.Broker, Reason: reason.Suspended},
		},
		{
			name:    "the source was deleted, then everything downstream of it",
			failing: failing{flow.NASKV: reason.SoftDeleted, flow.Broker: reason.JobFailed, flow.MainKV: reason.NotFound, flow.ExternalSecret: reason.NotReady, flow.K8sSecret: reason.NotFound, flow.Token: reason.NotFound},
			want:    flow.Verdict{Result: flow.Bad, Hop: flow.NASKV, Reason: reason.SoftDeleted},
		},
		{
			name:    "the Secret was deleted",
			failing: failing{flow.K8sSecret: reason.NotFound, flow.Token: reason.NotFound},
			want:    flow.Verdict{Result: flow.Bad, Hop: flow.K8sSecret, Reason: reason.NotFound},
		},
		{
			name:    "a fault of the exporter's own does not hide one of the NAS",
			failing: failing{flow.DockerExec: reason.Config, flow.NASVault: reason.Sealed, flow.NASKV: reason.Sealed, flow.Token: reason.Sealed},
			want:    flow.Verdict{Result: flow.Degraded, Hop: flow.NASVault, Reason: reason.Sealed},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			checked := passing()
			for h, why := range tc.failing {
				checked[h] = why
			}
			for _, h := range tc.without {
				delete(checked, h)
			}
			got := flow.Judge(flow.Readings{Checked: checked, Drifts: tc.drifts, Synced: tc.synced})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
