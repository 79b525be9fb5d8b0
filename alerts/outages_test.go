//go:build !race

package alerts_test

import (
	"cmp"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"homelab.io/vault-health-exporter/alerts/pager"
)

// scenario is an outage and who is told of it.
type scenario struct {
	name           string
	lasts          time.Duration
	fault          fault
	gone           bool // the exporter itself
	pages, tickets []string
}

var (
	nasGone = fault{
		`nas_vault_up` + qnap: 0, `nas_vault_sealed` + qnap: nothing, `nas_vault_initialized` + qnap: nothing, `nas_vault_standby` + qnap: nothing,
		`nas_token_valid{flow="qnap",hop="token"}`:                                            nothing,
		`nas_hop_up{flow="qnap",hop="transit"}`:                                               0,
		`nas_flow_blame{flow="qnap",hop="external_secret",reason="stale"}`:                    1, // the hop does not matter here
		`qnap_token_retrieval_failures_total{flow="qnap",hop="docker_exec",reason="timeout"}`: 1,
		`nas_pki_issuance_failures_total{flow="qnap",role="canary",reason="forbidden"}`:       1,
		`nas_token_broker_last_success_timestamp_seconds` + qnap:                              -26 * minutes,
		`qnap_token_retrieval_last_success_timestamp_seconds{flow="qnap",hop="nas_kv"}`:       -16 * minutes,
		`nas_hop_failures_total{flow="qnap",hop="broker",reason="job_failed"}`:                1,
	}
	undelivered = fault{
		`nas_flow_blame{flow="qnap",hop="k8s_secret",reason="not_found"}`: 1, `nas_flow_slots_total{flow="qnap",result="bad"}`: 1, `nas_flow_slots_total{flow="qnap",result="good"}`: 0,
		`nas_token_valid{flow="qnap",hop="token"}`:                                            0,
		`qnap_token_retrieval_failures_total{flow="qnap",hop="docker_exec",reason="timeout"}`: 1,
	}
	// What the exporter may not read says nothing of what applications get: this
	// was a page, and was charged to the objective.
	unseen = fault{
		`nas_flow_blame{flow="qnap",hop="k8s_secret",reason="not_found"}`: 1, // the reason does not matter here
		`nas_flow_slots_total{flow="qnap",result="inconclusive"}`:         1, `nas_flow_slots_total{flow="qnap",result="good"}`: 0,
		`nas_token_valid{flow="qnap",hop="token"}`:                                            nothing,
		`qnap_token_retrieval_failures_total{flow="qnap",hop="docker_exec",reason="timeout"}`: 1, // nor does the hop
		`qnap_token_retrieval_last_success_timestamp_seconds{flow="qnap",hop="k8s_secret"}`:   -16 * minutes,
	}
	behind = fault{`nas_flow_blame{flow="qnap",hop="external_secret",reason="stale"}`: 1, `nas_token_in_sync{flow="qnap",from="main_kv",to="k8s_secret"}`: 0}
)

var outages = []scenario{
	{name: "a glitch", lasts: time.Minute, fault: nasGone},
	{name: "the NAS is gone for ten minutes", lasts: 10 * minute, fault: nasGone, pages: []string{"NASVaultUnavailable"}},
	{name: "the NAS is gone for 40 minutes", lasts: 40 * minute, fault: nasGone, pages: []string{"NASVaultUnavailable"}},
	{name: "the NAS Vault is sealed", lasts: 15 * minute, fault: with(nasGone, fault{`nas_vault_sealed` + qnap: 1}), pages: []string{"NASVaultSealed"}},
	{name: "no active NAS Vault", lasts: 15 * minute, fault: with(nasGone, fault{`nas_vault_standby` + qnap: 1}), pages: []string{"NASVaultStandby"}},
	{name: "the Secret is deleted", lasts: 15 * minute, fault: undelivered, pages: []string{"NASTokenDeliveryBroken"}},
	{name: "the exporter's RoleBinding is deleted", lasts: 40 * minute, fault: unseen, tickets: []string{"NASTokenDeliveryUnknown", "NASTokenNotFresh", "QNAPTokenRetrievalFailure"}},
	{name: "the token is stuck", lasts: 30 * minute, fault: behind, tickets: []string{"NASTokenDrift", "NASTokenFlowDegraded"}},
	{name: "the broker is suspended", lasts: 40 * minute, fault: fault{`nas_hop_failures_total{flow="qnap",hop="broker",reason="suspended"}`: 1, `nas_token_broker_last_success_timestamp_seconds` + qnap: -26 * minutes}, tickets: []string{"NASTokenBrokerSuspended"}},
	// A ticket about the reads that it fails went out before the page.
	{name: "the Docker certificate has expired", lasts: 30 * minute, fault: fault{
		`nas_tls_certificate_expiry_timestamp_seconds{flow="qnap",endpoint="docker"}`:             -60,
		`qnap_token_retrieval_failures_total{flow="qnap",hop="docker_exec",reason="tls_expired"}`: 1,
	}, pages: []string{"NASCertificateExpiryImminent"}},
	{name: "the exporter is gone", lasts: 30 * minute, gone: true, pages: []string{"VaultHealthExporterSilent"}},
}

func with(base, more fault) fault {
	f := maps.Clone(base)
	maps.Copy(f, more)
	return f
}

// TestOneOutageIsOnePage plays outages through the rules and then through the
// routes and inhibitions, until long after they are over.
func TestOneOutageIsOnePage(t *testing.T) {
	t.Parallel()
	cfg := alertmanager(t)
	for _, s := range outages {
		t.Run(s.name, func(t *testing.T) {
			state := broken
			if s.gone {
				state = gone
			}
			timeline := slices.Concat(span(healthy, 6*time.Hour), span(state, s.lasts), span(healthy, 75*time.Minute))
			from := len(span(healthy, 6*time.Hour-minute))
			history := playFrom(t, world(), timeline, s.fault, from)
			for _, moment := range history { // six hours of history say nothing of these
				for _, name := range []string{"NASErrorBudgetBurn1d", "NASErrorBudgetBurn3d", "NASErrorBudgetExhausted"} {
					delete(moment, name)
				}
			}
			told := notify(cfg, history)
			if got := told["page"]; !slices.Equal(got, sorted(s.pages)) {
				t.Errorf("got pages %q, want %q", got, s.pages)
			}
			if got := told["ticket"]; !slices.Equal(got, sorted(s.tickets)) {
				t.Errorf("got tickets %q, want %q", got, s.tickets)
			}
		})
	}
}

// notify returns who is told of which alerts: of those that fire and are not
// inhibited for as long as the route waits.
func notify(cfg *config.Config, history []firing) map[string][]string {
	told, since := map[string][]string{}, map[model.Fingerprint]int{}
	for i, moment := range history {
		var active []model.LabelSet
		for _, group := range moment {
			for _, a := range group {
				set := model.LabelSet{}
				a.Labels.Range(func(l labels.Label) { set[model.LabelName(l.Name)] = model.LabelValue(l.Value) })
				active = append(active, set)
			}
		}
		still := map[model.Fingerprint]int{}
		for _, alert := range active {
			if pager.Inhibited(cfg, alert, active) {
				continue
			}
			id := alert.Fingerprint()
			still[id] = i
			if first, ok := since[id]; ok {
				still[id] = first
			}
			to := pager.Route(cfg.Route, alert)
			wait := cmp.Or(to.GroupWait, cfg.Route.GroupWait)
			if time.Duration(i-still[id])*step >= time.Duration(*wait) {
				told[to.Receiver] = append(told[to.Receiver], string(alert["alertname"]))
			}
		}
		since = still
	}
	for receiver, names := range told {
		told[receiver] = sorted(names)
	}
	return told
}
