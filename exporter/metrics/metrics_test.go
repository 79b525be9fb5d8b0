package metrics_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

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

func TestEveryRowOfTheCatalogueIsExposedAndClean(t *testing.T) {
	m := metrics.New(prometheus.NewRegistry())
	everything(m.Flow("qnap", allHops, everyLabel))
	m.Reloaded(true, at)
	m.Lag(time.Second)
	m.Leader(true)
	families, err := m.Gather()
	if err != nil {
		t.Fatal(err)
	}
	exposed := map[string]*dto.MetricFamily{}
	for _, f := range families {
		exposed[f.GetName()] = f
	}
	for _, row := range catalogue.Metrics() {
		f := exposed[row.Name]
		if f == nil {
			t.Errorf("%s: got no series", row.Name)
			continue
		}
		if got := strings.ToLower(f.GetType().String()); got != string(row.Type) {
			t.Errorf("%s: got type %s, want %s", row.Name, got, row.Type)
		}
		for _, series := range f.GetMetric() {
			var labels []string
			for _, l := range series.GetLabel() {
				labels = append(labels, l.GetName())
			}
			if want := slices.Sorted(slices.Values(row.Labels)); !slices.Equal(labels, want) {
				t.Errorf("%s: got labels %v, want %v", row.Name, labels, want)
			}
			if row.Type == catalogue.Histogram && (series.GetHistogram().Schema == nil || len(series.GetHistogram().GetBucket()) == 0) {
				t.Errorf("%s: want classic and native buckets", row.Name)
			}
		}
		delete(exposed, row.Name)
	}
	for name := range maps.Keys(exposed) {
		t.Errorf("%s: exposed but not in the catalogue", name)
	}
	problems, err := testutil.GatherAndLint(m)
	if err != nil || len(problems) > 0 {
		t.Errorf("got lint problems %v, error %v", problems, err)
	}
}

// TestCatalogueNamesTellTheUnit holds what promlint does not look at.
func TestCatalogueNamesTellTheUnit(t *testing.T) {
	for _, row := range catalogue.Metrics() {
		switch {
		case strings.Contains(row.Name, "_duration") && (row.Type != catalogue.Histogram || !strings.HasSuffix(row.Name, "_duration_seconds")):
			t.Errorf("%s: a duration is a histogram ending in _duration_seconds", row.Name)
		case strings.Contains(row.Help, "Unix time") && !strings.HasSuffix(row.Name, "_timestamp_seconds"):
			t.Errorf("%s: a time ends in _timestamp_seconds", row.Name)
		case row.Type == catalogue.Counter != strings.HasSuffix(row.Name, "_total"):
			t.Errorf("%s: a counter, and nothing else, ends in _total", row.Name)
		case slices.Contains(row.Labels, "flow") && row.Labels[0] != "flow":
			t.Errorf("%s: the label flow comes first", row.Name)
		case row.Help == "" || !strings.HasSuffix(row.Help, "."):
			t.Errorf("%s: want a sentence of help", row.Name)
		}
	}
}

func TestSeriesExistBeforeTheirFirstEvent(t *testing.T) {
	failures, retrievals := 0, 0
	for _, h := range allHops {
		failures += len(flow.Reasons(h))
	}
	for _, h := range flow.Retrievals(allHops) {
		retrievals += len(flow.Reasons(h))
	}
	m := metrics.New(prometheus.NewRegistry())
	m.Flow("qnap", allHops, everyLabel)
	want := map[string]int{
		"qnap_token_retrieval_attempts_total":  4,
		"qnap_token_retrieval_success_total":   4,
		"qnap_token_retrieval_failures_total":  retrievals,
		"nas_hop_checks_total":                 len(allHops),
		"nas_hop_failures_total":               failures,
		"nas_pki_issuance_failures_total":      len(flow.Reasons(flow.PKI)),
		"nas_flow_slots_total":                 5,
		"nas_token_rotations_total":            4,
		"nas_cluster_request_duration_seconds": 2,
		"nas_flow_blame":                       0,
		"nas_vault_sealed":                     0,
	}
	for name, count := range want {
		if got, err := testutil.GatherAndCount(m, name); err != nil || got != count {
			t.Errorf("%s: got %d series and error %v, want %d", name, got, err, count)
		}
	}
}

// TestWhatIsNotForeseenIsCounted: a reason that a hop cannot have, as far as is
// known, has no series before it comes and is not lost when it does.
func TestWhatIsNotForeseenIsCounted(t *testing.T) {
	m := metrics.New(prometheus.NewRegistry())
	f := m.Flow("qnap", allHops, everyLabel)
	compare := func(want string) {
		t.Helper()
		text, err := testutil.GatherAndFormat(m, expfmt.TypeTextPlain, "nas_hop_failures_total", "qnap_token_retrieval_failures_total", "nas_pki_issuance_failures_total")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, `reason="job_failed"`) && !strings.Contains(line, `hop="broker"`) {
				got = append(got, strings.TrimSpace(line))
			}
		}
		if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
			t.Error(diff)
		}
	}
	compare("")
	for _, h := range []flow.Hop{flow.NASKV, flow.PKI} {
		f.Check(metrics.Check{Hop: h, End: at, Reason: reason.JobFailed})
	}
	compare(`nas_hop_failures_total{flow="qnap",hop="nas_kv",reason="job_failed"} 1
nas_hop_failures_total{flow="qnap",hop="pki",reason="job_failed"} 1
nas_pki_issuance_failures_total{flow="qnap",reason="job_failed",role="canary"} 1
qnap_token_retrieval_failures_total{flow="qnap",hop="nas_kv",reason="job_failed"} 1`)
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
