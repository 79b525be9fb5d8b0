package flow_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
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

func TestPairsSkipHopsThatAreNotConfigured(t *testing.T) {
	got := flow.Pairs([]flow.Hop{flow.NASKV, flow.K8sSecret, flow.Token}, flow.Feed{})
	want := []flow.Pair{{From: flow.NASKV, To: flow.K8sSecret}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestABrokerThatTriesADeadTokenFails where every copy is the one that the
// applications have.
func TestABrokerThatTriesADeadTokenFails(t *testing.T) {
	checked := passing()
	checked[flow.Token], checked[flow.Broker] = reason.Revoked, reason.JobFailed
	synced := flow.Pairs(slices.Collect(maps.Keys(checked)), flow.Feed{})
	for _, tc := range []struct {
		synced []flow.Pair
		want   flow.Hop
	}{{synced, flow.Token}, {nil, ""}} {
		if got := flow.Consequences(flow.Readings{Checked: checked, Synced: tc.synced})[flow.Broker]; got != tc.want {
			t.Errorf("%d pairs in sync: got it from %q, want %q", len(tc.synced), got, tc.want)
		}
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
		{"server gone, and met in other ways", flow.NASVault, flow.NASKV, reason.ConnectRefused, reason.ConnectionReset, true},
		{"refused in other words", flow.MainVault, flow.MainKV, reason.Forbidden, reason.Unauthorized, true},
		{"another Vault does not know us", flow.NASVault, flow.NASKV, reason.OtherVault, reason.Forbidden, true},
		{"another Vault has no such secret", flow.NASVault, flow.NASKV, reason.OtherVault, reason.NotFound, true},
		{"another Vault does not know the token", flow.NASVault, flow.Token, reason.OtherVault, reason.Revoked, true},
		{"another Vault lets Jobs fail", flow.NASVault, flow.Broker, reason.OtherVault, reason.JobFailed, true},
		{"another Vault makes the broker late", flow.NASVault, flow.Broker, reason.OtherVault, reason.Stale, true},
		{"a server that is gone makes the broker late", flow.NASVault, flow.Broker, reason.Timeout, reason.Stale, true},
		{"a refused login makes copiers late", flow.MainVault, flow.ExternalSecret, reason.Forbidden, reason.Stale, true},
		{"nothing to copy lets Jobs fail", flow.NASKV, flow.Broker, reason.NotFound, reason.JobFailed, true},
		{"nothing to copy makes the broker late", flow.NASKV, flow.Broker, reason.NotFound, reason.Stale, true},
		{"no token to copy lets Jobs fail", flow.NASKV, flow.Broker, reason.Malformed, reason.JobFailed, true},
		{"no token to copy makes the broker late", flow.NASKV, flow.Broker, reason.Malformed, reason.Stale, true},
		{"a copier that is gone makes nothing", flow.Broker, flow.MainKV, reason.NotFound, reason.SoftDeleted, true},
		{"a file that nothing is copied from", flow.DockerExec, flow.Token, reason.Stale, reason.Revoked, false},
		{"a copier that is gone brings no new token", flow.Broker, flow.Token, reason.NotFound, reason.Revoked, true},
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
