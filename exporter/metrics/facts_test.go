package metrics_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestFactsAreAbsentRatherThanStale: what a check of the hop that finds it has not
// found is not known; other facts stay until they are found otherwise.
func TestFactsAreAbsentRatherThanStale(t *testing.T) {
	m := metrics.New(prometheus.NewRegistry())
	f := m.Flow("qnap", allHops, metrics.Labels{})
	everything(f)
	for _, h := range allHops {
		f.Check(metrics.Check{Hop: h, End: at, Reason: reason.ConnectRefused})
	}
	for _, row := range catalogue.Metrics() {
		if row.From == "" && row.Name != catalogue.KVVersion && row.Name != catalogue.VaultInfo && row.Name != catalogue.TokenExpiry && row.Name != catalogue.BrokerLastSuccess {
			continue
		}
		got, err := testutil.GatherAndCount(m, row.Name)
		if err != nil || (got == 0) != (row.From != "") {
			t.Errorf("%s: got %d series and error %v after checks that found nothing", row.Name, got, err)
		}
	}
}

func TestFactsReplaceEachOther(t *testing.T) {
	m := metrics.New(prometheus.NewRegistry())
	f := m.Flow("qnap", allHops, metrics.Labels{})
	for _, found := range [][]catalogue.Fact{
		{catalogue.Number(catalogue.VaultInfo, 1, "nas", "1.20.0"), catalogue.Number(catalogue.VaultInfo, 1, "main", "1.20.0"), catalogue.Moment(catalogue.BrokerLastSuccess, at)},
		{catalogue.Number(catalogue.VaultInfo, 1, "nas", "1.21.0"), catalogue.Moment(catalogue.BrokerLastSuccess, time.Time{})},
	} {
		f.Check(metrics.Check{Hop: flow.Broker, End: at, Facts: found})
	}
	want := `nas_flow_vault_info{flow="qnap",vault="main",version="1.20.0"} 1
nas_flow_vault_info{flow="qnap",vault="nas",version="1.21.0"} 1
`
	text, err := testutil.GatherAndFormat(m, expfmt.TypeTextPlain, catalogue.VaultInfo, catalogue.BrokerLastSuccess)
	if _, got, _ := strings.Cut(string(text), "gauge\n"); err != nil || got != want {
		t.Errorf("got %s and %v, want %s", got, err, want)
	}
}

// TestFarDatesDoNotWrap: a certificate without an end says the year 9999.
func TestFarDatesDoNotWrap(t *testing.T) {
	m := metrics.New(prometheus.NewRegistry())
	f := m.Flow("qnap", allHops, everyLabel)
	f.Check(metrics.Check{Hop: flow.DockerExec, Facts: []catalogue.Fact{
		catalogue.Moment(catalogue.CertificateExpiry, time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC), "docker"),
	}})
	got, err := testutil.GatherAndFormat(m, expfmt.TypeTextPlain, "nas_tls_certificate_expiry_timestamp_seconds")
	if want := "} 2.53402300799e+11\n"; err != nil || !strings.HasSuffix(string(got), want) {
		t.Errorf("got %s and %v, want %q", got, err, want)
	}
}
