package metrics_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/reason"
)

var at = time.Unix(1_800_000_000, 0)

var allHops = func() (hops []flow.Hop) {
	for _, e := range flow.Entries() {
		hops = append(hops, e.Hop)
	}
	return hops
}()

var everyLabel = metrics.Labels{Operations: []string{"op"}, PKIRole: "canary"}

// facts are one of each that checks find, by the hop that does.
var facts = map[flow.Hop][]catalogue.Fact{
	flow.NASVault: {
		catalogue.Flag(catalogue.NASVaultInitialized, true), catalogue.Flag(catalogue.NASVaultSealed, false), catalogue.Flag(catalogue.NASVaultStandby, false),
		catalogue.Number(catalogue.NASVaultClockSkew, 1.5), catalogue.Number(catalogue.VaultInfo, 1, "nas", "1.21.0"), catalogue.Number(catalogue.VaultIdentity, 42, "nas"),
	},
	flow.NASKV:          {catalogue.Moment(catalogue.RotationOpen, at), catalogue.Number(catalogue.KVVersion, 3)},
	flow.Broker:         {catalogue.Moment(catalogue.BrokerLastSuccess, at)},
	flow.MainKV:         {catalogue.Number(catalogue.KVVersion, 3), catalogue.Flag(catalogue.CheckWarm, true)},
	flow.ExternalSecret: {catalogue.Flag(catalogue.ExternalReady, true), catalogue.Moment(catalogue.ExternalRefresh, at)},
	flow.Token:          {catalogue.Flag(catalogue.TokenValid, true), catalogue.Flag(catalogue.TokenRoot, true), catalogue.End(catalogue.TokenExpiry, time.Time{})},
	flow.DockerExec:     {catalogue.Moment(catalogue.CertificateExpiry, at, "docker")},
}

// everything records each kind of event once.
func everything(f *metrics.Flow) {
	for _, h := range allHops {
		f.Check(metrics.Check{
			Hop: h, End: at, Duration: time.Second, TraceID: "t",
			Requests: []metrics.Request{{Operation: "op", Duration: time.Second}}, Facts: facts[h],
		})
		f.FirstSeen(h, at)
		f.Rotated(h)
	}
	for _, p := range flow.Pairs(allHops, flow.Feed{}) {
		f.Sync(p, true, true)
		f.Propagated(p, time.Second)
	}
	f.Feed(flow.Feed{})
	f.Fallback("local_cache", true, true)
	f.Snapshot(true, at)
	f.Features(map[string]bool{"a": true})
	f.Slot(flow.Verdict{Result: flow.Degraded, Hop: flow.NASVault, Reason: reason.Sealed})
}

func TestRemoveTakesEverySeriesOfTheFlow(t *testing.T) {
	m := metrics.New(prometheus.NewRegistry())
	kept, removed := m.Flow("kept", allHops, everyLabel), m.Flow("removed", allHops, everyLabel)
	everything(kept)
	everything(removed)
	removed.Remove()
	families, err := m.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(families); strings.Contains(text, `"removed"`) || !strings.Contains(text, `"kept"`) {
		t.Error("got series of the removed flow, or none of the kept one")
	}
}

func TestBlameMovesAndEnds(t *testing.T) {
	m := metrics.New(prometheus.NewRegistry())
	f := m.Flow("qnap", allHops, metrics.Labels{})
	compare := func(want string) {
		t.Helper()
		if want != "" {
			want = "# HELP nas_flow_blame 1 on the one hop and reason that explain why the flow is not good; no series while it is.\n# TYPE nas_flow_blame gauge\n" + want + "\n"
		}
		if err := testutil.GatherAndCompare(m, strings.NewReader(want), "nas_flow_blame"); err != nil {
			t.Error(err)
		}
	}
	f.Slot(flow.Verdict{Result: flow.Degraded, Hop: flow.NASVault, Reason: reason.Sealed})
	compare(`nas_flow_blame{flow="qnap",hop="nas_vault",reason="sealed"} 1`)
	f.Slot(flow.Verdict{Result: flow.Skipped})
	compare(`nas_flow_blame{flow="qnap",hop="nas_vault",reason="sealed"} 1`)
	f.Slot(flow.Verdict{Result: flow.Bad, Hop: flow.Token, Reason: reason.Revoked})
	compare(`nas_flow_blame{flow="qnap",hop="token",reason="revoked"} 1`)
	f.Slot(flow.Verdict{Result: flow.Good})
	compare("")
}

// TestTheNASIsNotDownWhereNobodyLooked: a file that the exporter cannot read is no
// outage.
func TestTheNASIsNotDownWhereNobodyLooked(t *testing.T) {
	for why, want := range map[reason.Reason]int{"": 1, reason.Sealed: 1, reason.Config: 0} {
		m := metrics.New(prometheus.NewRegistry())
		m.Flow("qnap", allHops, metrics.Labels{}).Check(metrics.Check{Hop: flow.NASVault, End: at, Reason: why})
		if got, err := testutil.GatherAndCount(m, catalogue.NASVaultUp); err != nil || got != want {
			t.Errorf("%q: got %d series and error %v, want %d", why, got, err, want)
		}
	}
}

// TestAFlowThatBeginsAnewIsNotRemovedWithTheOldOne, whichever comes first.
func TestAFlowThatBeginsAnewIsNotRemovedWithTheOldOne(t *testing.T) {
	m := metrics.New(prometheus.NewRegistry())
	old := m.Flow("qnap", allHops, everyLabel)
	m.Flow("qnap", allHops, everyLabel)
	old.Remove()
	if got, err := testutil.GatherAndCount(m, "nas_hop_checks_total"); err != nil || got != len(allHops) {
		t.Errorf("got %d series and %v, want those of the new flow", got, err)
	}
}
