package flow_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

var update = flag.Bool("update", false, "write testdata/pairs.txt anew")

// passing returns the readings of a flow on which every hop passed.
func passing() map[flow.Hop]reason.Reason {
	checked := map[flow.Hop]reason.Reason{}
	for _, e := range flow.Entries() {
		checked[e.Hop] = ""
	}
	return checked
}

func TestNothingWrongBlamesNobody(t *testing.T) {
	got := flow.Judge(flow.Readings{Checked: passing()})
	if diff := cmp.Diff(flow.Verdict{Result: flow.Good}, got); diff != "" {
		t.Error(diff)
	}
}

// unread are the reasons that say nothing of what a server holds.
func unread(r reason.Reason) bool {
	switch r {
	case reason.OtherVault, reason.MountMissing, reason.KVVersion: // nothing that Kubernetes can answer
		return false
	}
	switch r.Group() {
	case reason.Network, reason.TLS, reason.Vault, reason.Exporter:
		return true
	case reason.Access:
		return r != reason.Policy
	}
	return false
}

func TestEveryHopWithEveryReasonBlamesItself(t *testing.T) {
	for _, e := range flow.Entries() {
		for _, r := range reason.Catalogue() {
			checked := passing()
			checked[e.Hop] = r.Reason
			want := flow.Verdict{Result: flow.Degraded, Hop: e.Hop, Reason: r.Reason}
			switch {
			case r.Group == reason.Exporter, e.Hop == flow.K8sSecret && unread(r.Reason):
				want.Result = flow.Inconclusive
			case e.Hop == flow.K8sSecret:
				want.Result = flow.Bad
			case e.Hop == flow.Token && r.Group == reason.Credential:
				want.Result = flow.Bad
			}
			got := flow.Judge(flow.Readings{Checked: checked})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s with %s: %s", e.Hop, r.Reason, diff)
			}
		}
	}
}

// kinds are the ways in which each hop typically fails: its server does not
// answer, what it holds is wrong, and the exporter cannot look.
var kinds = map[flow.Hop][]reason.Reason{
	flow.DockerExec:     {reason.ConnectRefused, reason.FileMissing, reason.Config},
	flow.NASVault:       {reason.ConnectRefused, reason.Sealed, reason.Config},
	flow.NASKV:          {reason.ConnectRefused, reason.SoftDeleted, reason.Config},
	flow.Broker:         {reason.Timeout, reason.Stale, reason.Suspended, reason.JobFailed, reason.Config},
	flow.MainVault:      {reason.ConnectRefused, reason.Sealed, reason.Config},
	flow.MainKV:         {reason.ConnectRefused, reason.NotFound, reason.Ambiguous, reason.Config},
	flow.ExternalSecret: {reason.Timeout, reason.NotReady, reason.Stale, reason.Config},
	flow.K8sSecret:      {reason.Timeout, reason.NotFound, reason.Ambiguous, reason.Forbidden},
	flow.Token:          {reason.ConnectRefused, reason.Revoked, reason.Config},
	flow.PKI:            {reason.ConnectRefused, reason.Forbidden, reason.Config},
	flow.Transit:        {reason.ConnectRefused, reason.NotFound, reason.Config},
}

// TestEveryPairOfHops compares the verdict on every pair of hops, each failing
// in each of its kinds, with testdata/pairs.txt, whose every line was reviewed.
func TestEveryPairOfHops(t *testing.T) {
	var b strings.Builder
	entries := flow.Entries()
	for i, first := range entries {
		for _, second := range entries[i+1:] {
			for _, r := range kinds[first.Hop] {
				for _, s := range kinds[second.Hop] {
					checked := passing()
					checked[first.Hop], checked[second.Hop] = r, s
					v := flow.Judge(flow.Readings{Checked: checked})
					fmt.Fprintf(&b, "%s %s + %s %s = %s: %s %s\n", first.Hop, r, second.Hop, s, v.Result, v.Hop, v.Reason)
				}
			}
		}
	}
	const golden = "testdata/pairs.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Error(diff)
	}
}

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

func TestPairsSkipHopsThatAreNotConfigured(t *testing.T) {
	got := flow.Pairs([]flow.Hop{flow.NASKV, flow.K8sSecret, flow.Token})
	want := []flow.Pair{{From: flow.NASKV, To: flow.K8sSecret}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestConsequencesNeedAReasonThatFits(t *testing.T) {
	for _, tc := range []struct {
		name          string
		first, second flow.Hop
		cause, effect reason.Reason
		want          bool
	}{
		{"server gone", flow.NASVault, flow.NASKV, reason.Sealed, reason.Sealed, true},
		{"our own permission", flow.NASVault, flow.NASKV, reason.Sealed, reason.Forbidden, false},
		{"same refusal", flow.NASVault, flow.NASKV, reason.BreakerOpen, reason.BreakerOpen, true},
		{"upstream of the cause", flow.MainKV, flow.NASKV, reason.NotFound, reason.NotFound, false},
		{"beside the cause", flow.NASVault, flow.DockerExec, reason.ConnectTimeout, reason.ConnectTimeout, false},
		{"main Vault cannot unseal itself", flow.NASVault, flow.MainVault, reason.ConnectRefused, reason.Sealed, true},
		{"main Vault down by itself", flow.NASVault, flow.MainVault, reason.ConnectRefused, reason.ConnectRefused, false},
		{"wrong value behind a copier that does not look", flow.MainKV, flow.K8sSecret, reason.Malformed, reason.Ambiguous, true},
		{"wrong value behind a copier that does", flow.NASKV, flow.MainKV, reason.Malformed, reason.Malformed, false},
		{"wrong value far downstream of a good one", flow.NASKV, flow.K8sSecret, reason.Malformed, reason.Malformed, false},
		{"missing value downstream of a missing one", flow.MainKV, flow.K8sSecret, reason.SoftDeleted, reason.NotFound, true},
		{"missing value far downstream of a good one", flow.NASKV, flow.K8sSecret, reason.SoftDeleted, reason.NotFound, false},
		{"a copier that is switched off deletes nothing", flow.Broker, flow.MainKV, reason.Suspended, reason.NotFound, false},
		{"a copier that is late spoils nothing", flow.Broker, flow.MainKV, reason.Stale, reason.Ambiguous, false},
		{"a copier that fails makes nothing", flow.Broker, flow.MainKV, reason.JobFailed, reason.NotFound, true},
		{"one copier does not stop the other", flow.Broker, flow.ExternalSecret, reason.Suspended, reason.Stale, false},
		{"the broker's check asks Kubernetes, not the NAS", flow.NASVault, flow.Broker, reason.Timeout, reason.Timeout, false},
		{"the broker's Jobs need the NAS", flow.NASVault, flow.Broker, reason.Timeout, reason.JobFailed, true},
		{"nobody's outage switches the broker off", flow.NASVault, flow.Broker, reason.Timeout, reason.Suspended, false},
		{"a refused login is refused to copiers too", flow.MainVault, flow.ExternalSecret, reason.Forbidden, reason.NotReady, true},
		{"our own right to read", flow.NASKV, flow.Broker, reason.Forbidden, reason.JobFailed, false},
		{"an unread copy is no wrong value", flow.NASKV, flow.MainKV, reason.NotFound, reason.Timeout, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			checked := passing()
			checked[tc.first], checked[tc.second] = tc.cause, tc.effect
			began, got := flow.Consequences(flow.Readings{Checked: checked})[tc.second]
			if got != tc.want || got && began != tc.first {
				t.Errorf("got %t because of %q, want %t", got, began, tc.want)
			}
		})
	}
}
