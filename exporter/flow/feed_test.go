package flow_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

var (
	fromNAS     = flow.Feed{Known: true, Vault: flow.NASVault, Copy: flow.NASKV}
	fromMain    = flow.Feed{Known: true, Vault: flow.MainVault, Copy: flow.MainKV}
	fromNowhere = flow.Feed{Known: true}
)

// TestBlameByWhatFeedsTheSecret has the same readings mean something else where the
// Secret is made from another copy.
func TestBlameByWhatFeedsTheSecret(t *testing.T) {
	type failing = map[flow.Hop]reason.Reason
	pair := func(from, to flow.Hop) flow.Pair { return flow.Pair{From: from, To: to} }
	stale := flow.Drift{Pair: pair(flow.NASKV, flow.MainKV), Reason: reason.Stale}
	for _, tc := range []struct {
		name    string
		feed    flow.Feed
		failing failing
		drifts  []flow.Drift
		synced  []flow.Pair
		want    flow.Verdict
	}{
		{
			name: "from the NAS, broker suspended, token rotated: the broker is what it is, and applications have the new token",
			feed: fromNAS, failing: failing{flow.Broker: reason.Suspended}, drifts: []flow.Drift{stale}, synced: []flow.Pair{pair(flow.NASKV, flow.K8sSecret)},
			want: flow.Verdict{Result: flow.Degraded, Hop: flow.Broker, Reason: reason.Suspended},
		},
		{
			name: "the same, and the token is revoked: the broker brings no other",
			feed: fromNAS, failing: failing{flow.Broker: reason.Suspended, flow.Token: reason.Revoked}, drifts: []flow.Drift{stale},
			want: flow.Verdict{Result: flow.Bad, Hop: flow.Token, Reason: reason.Revoked},
		},
		{
			name: "from the main Vault it would",
			feed: fromMain, failing: failing{flow.Broker: reason.Suspended, flow.Token: reason.Revoked}, drifts: []flow.Drift{stale},
			want: flow.Verdict{Result: flow.Bad, Hop: flow.Broker, Reason: reason.Suspended},
		},
		{
			name: "from the NAS, which is gone: External Secrets cannot read it",
			feed: fromNAS, failing: failing{flow.NASVault: reason.ConnectRefused, flow.NASKV: reason.ConnectRefused, flow.ExternalSecret: reason.NotReady, flow.Token: reason.ConnectRefused},
			want: flow.Verdict{Result: flow.Degraded, Hop: flow.NASVault, Reason: reason.ConnectRefused},
		},
		{
			name: "from the NAS, and the main Vault is sealed: no reason for what External Secrets meets",
			feed: fromNAS, failing: failing{flow.MainVault: reason.Sealed, flow.MainKV: reason.Sealed, flow.ExternalSecret: reason.NotReady},
			want: flow.Verdict{Result: flow.Degraded, Hop: flow.ExternalSecret, Reason: reason.NotReady},
		},
		{
			name: "from the NAS, whose secret is deleted",
			feed: fromNAS, failing: failing{flow.NASKV: reason.SoftDeleted, flow.ExternalSecret: reason.NotReady, flow.K8sSecret: reason.NotFound, flow.Token: reason.NotFound},
			want: flow.Verdict{Result: flow.Bad, Hop: flow.NASKV, Reason: reason.SoftDeleted},
		},
		{
			name: "from elsewhere, and both Vaults are gone",
			feed: fromNowhere, failing: failing{flow.MainVault: reason.Timeout, flow.MainKV: reason.Timeout, flow.ExternalSecret: reason.NotReady},
			want: flow.Verdict{Result: flow.Degraded, Hop: flow.ExternalSecret, Reason: reason.NotReady},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			checked := passing()
			for h, why := range tc.failing {
				checked[h] = why
			}
			got := flow.Judge(flow.Readings{Checked: checked, Drifts: tc.drifts, Synced: tc.synced, Feed: tc.feed})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPairsFollowTheFeed: and so does what is timed.
func TestPairsFollowTheFeed(t *testing.T) {
	all := []flow.Hop{flow.DockerExec, flow.NASKV, flow.MainKV, flow.K8sSecret}
	file, main := flow.Pair{From: flow.NASKV, To: flow.DockerExec}, flow.Pair{From: flow.NASKV, To: flow.MainKV}
	direct, last := flow.Pair{From: flow.NASKV, To: flow.K8sSecret}, flow.Pair{From: flow.MainKV, To: flow.K8sSecret}
	for _, tc := range []struct {
		feed        flow.Feed
		hops        []flow.Hop
		pairs, ways []flow.Pair
	}{
		{flow.Feed{}, all, []flow.Pair{file, main, last}, []flow.Pair{file, main, last, direct}},
		{fromMain, all, []flow.Pair{file, main, last}, []flow.Pair{file, main, last, direct}},
		{fromNAS, all, []flow.Pair{file, main, direct}, []flow.Pair{file, main, direct}},
		{fromNowhere, all, []flow.Pair{file, main}, []flow.Pair{file, main}},
		// The copy between them may be one that nobody watches.
		{fromMain, []flow.Hop{flow.NASKV, flow.K8sSecret}, []flow.Pair{direct}, []flow.Pair{direct}},
		{fromNAS, []flow.Hop{flow.MainKV, flow.K8sSecret}, nil, nil},
	} {
		if diff := cmp.Diff(tc.pairs, flow.Pairs(tc.hops, tc.feed)); diff != "" {
			t.Errorf("pairs from %s (-want +got):\n%s", tc.feed, diff)
		}
		if diff := cmp.Diff(tc.ways, flow.Ways(tc.hops, tc.feed)); diff != "" {
			t.Errorf("ways from %s (-want +got):\n%s", tc.feed, diff)
		}
	}
}

// TestLossBesideTheWay: nobody is told that a rotation will not reach the
// applications by something that it does not come through.
func TestLossBesideTheWay(t *testing.T) {
	for _, h := range []flow.Hop{flow.Broker, flow.MainVault, flow.MainKV} {
		e, _ := flow.Lookup(h)
		if e.Beside == "" || fromNAS.Loss(h) != e.Beside || fromMain.Loss(h) != e.Loss || (flow.Feed{}).Loss(h) != e.Loss {
			t.Errorf("%s: got %q, and %q from the main Vault", h, fromNAS.Loss(h), fromMain.Loss(h))
		}
	}
}
