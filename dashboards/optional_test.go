package dashboards

import (
	"math"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/promqltest"
)

// TestPanelsOnWhatMayBeMissing checks the panels on what not every flow and not
// every cluster has. Without data they are empty and say why; among other
// people's objects they tell that ours is missing.
func TestPanelsOnWhatMayBeMissing(t *testing.T) {
	const (
		others = `
			externalsecret_status_condition{name="other",condition="Ready",status="True"} 1x60
			kube_secret_info{secret="other"} 1x60
			kube_cronjob_info{cronjob="other"} 1x60
			istio_requests_total{reporter="source",destination_service_name="nas-vault",response_flags="-"} 0+9x60`
		ours = others + `
			externalsecret_status_condition{name="nas-vault-token",condition="Ready",status="True"} 1x60
			kube_secret_info{secret="nas-vault-token"} 1x60
			kube_cronjob_status_last_successful_time{cronjob="nas-token-broker"} 1080x60
			istio_requests_total{reporter="source",destination_service_name="nas-vault",response_flags="UO"} 0+3x60
			nas_token_fallback_usable{job="e",flow="qnap",tier="local_cache"} 1x60
			nas_vault_snapshot_timestamp_seconds{job="e",flow="qnap"} 1080x60
			nas_pki_issuance_duration_seconds_bucket{job="e",flow="qnap",role="canary",le="0.1"} 0+2x60
			nas_pki_issuance_duration_seconds_bucket{job="e",flow="qnap",role="canary",le="+Inf"} 0+2x60`
	)
	now := time.Unix(0, 0).Add(20 * time.Minute)
	m := moment{now: now, from: now, scrape: 20 * time.Second}
	engines := map[string]engine{}
	for _, content := range []string{"", others, ours} {
		engines[content] = newEngine(t, promqltest.LoadedStorage(t, "load 20s"+content))
	}
	missing := math.NaN()
	for _, test := range []struct {
		panel         string
		others, owned float64 // the answer among other people's objects only, and with ours
	}{
		{"ExternalSecret", -1, 1},
		{"Secret", -1, 1},
		{"Broker's last success", -1, 120},
		{"Refused by the mesh", 0, 0.15},
		{"Fallback tiers", missing, 1},
		{"Newest backup", missing, 120},
		{"Certificate issuance, 95th percentile", missing, 0.095},
	} {
		for content, want := range map[string]float64{"": missing, others: test.others, ours: test.owned} {
			samples, err := execute(t.Context(), engines[content], queryOf(t, test.panel), m)
			if err != nil {
				t.Fatal(err)
			}
			got := missing
			if len(samples) == 1 {
				got = samples[0]
			}
			if math.IsNaN(want) != (len(samples) == 0) || math.Abs(got-want) > 1e-9 {
				t.Errorf("%s: got %v, want %v, with %q", test.panel, samples, want, content)
			}
		}
	}
}
