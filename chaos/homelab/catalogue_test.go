package homelab_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// observe checks every hop once, as the exporter does in one slot.
func observe(t *testing.T, checks []hop.Hop, timeout time.Duration) flow.Readings {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	var (
		mu     sync.Mutex
		wg     sync.WaitGroup
		seen   = flow.Readings{Checked: map[flow.Hop]reason.Reason{}}
		tokens = map[flow.Hop]token.Token{}
		hops   []flow.Hop
	)
	for _, h := range checks {
		hops = append(hops, h.Name)
		wg.Go(func() {
			reading, err := h.Check(ctx)
			mu.Lock()
			defer mu.Unlock()
			seen.Checked[h.Name], tokens[h.Name] = reason.Of(err), reading.Token
		})
	}
	wg.Wait()
	for _, pair := range flow.Pairs(hops) {
		from, to := tokens[pair.From], tokens[pair.To]
		switch {
		case from.IsZero() || to.IsZero():
		case from.Equal(to):
			seen.Synced = append(seen.Synced, pair)
		default:
			seen.Drifts = append(seen.Drifts, flow.Drift{Pair: pair, Reason: reason.Stale})
		}
	}
	return seen
}

// sees prints what failed, in data-flow order.
func sees(r flow.Readings) string {
	var failed []string
	for _, e := range flow.Entries() {
		if why := r.Checked[e.Hop]; why != "" {
			failed = append(failed, fmt.Sprintf("%s %s", e.Hop, why))
		}
	}
	for _, d := range r.Drifts {
		failed = append(failed, fmt.Sprintf("%s->%s %s", d.From, d.To, d.Reason))
	}
	return strings.Join(failed, ", ")
}

// patience is how long the checks of one slot may take. A NAS that does not
// answer costs all of it, so there it is short.
func patience(fault string) time.Duration {
	if fault == "nas-slow" {
		return 3 * time.Second
	}
	return time.Minute
}

// consequences are the hops that fail beside the blamed one: at once, and once
// the copiers have run.
var consequences = map[string]struct{ first, later string }{
	"docker-down":         {"docker_exec connect_refused", ""},
	"docker-cert-expired": {"docker_exec tls_expired", ""},
	"docker-client-cert":  {"docker_exec tls_client_cert", ""},
	"container-stopped":   {"docker_exec container_not_running", ""},
	"container-paused":    {"docker_exec container_paused", ""},
	"container-missing":   {"docker_exec container_missing", ""},
	"file-missing":        {"docker_exec file_missing", ""},
	"file-permission":     {"docker_exec file_permission", ""},
	"file-empty":          {"docker_exec empty", ""},
	"file-malformed":      {"docker_exec malformed", ""},
	"file-two-lines":      {"docker_exec ambiguous", ""},
	"file-stuck":          {"nas_kv->docker_exec stale", ""},
	"nas-down": {
		"docker_exec connect_refused, nas_vault connect_refused, nas_kv connect_refused, token connect_refused, pki connect_refused, transit connect_refused",
		"",
	},
	"nas-slow": {
		"nas_vault timeout, nas_kv timeout, token timeout, pki timeout, transit timeout",
		"",
	},
	"nas-other": {
		"nas_vault other_vault, nas_kv forbidden, token revoked, pki forbidden, transit forbidden",
		"nas_vault other_vault, nas_kv forbidden, broker job_failed, token revoked, pki forbidden, transit forbidden",
	},
	"nas-5xx": {
		"nas_vault http_5xx, nas_kv http_5xx, token http_5xx, pki http_5xx, transit http_5xx",
		"",
	},
	"nas-garbage": {
		"nas_vault malformed_response, nas_kv malformed_response, token malformed_response, pki malformed_response, transit malformed_response",
		"nas_vault malformed_response, nas_kv malformed_response, broker job_failed, token malformed_response, pki malformed_response, transit malformed_response",
	},
	"uninitialized": {
		"nas_vault uninitialized, nas_kv sealed, token sealed, pki sealed, transit sealed",
		"",
	},
	"seal": {
		"nas_vault sealed, nas_kv sealed, token sealed, pki sealed, transit sealed",
		"",
	},
	"standby": {
		"nas_vault standby, nas_kv standby, token standby, pki standby, transit standby",
		"",
	},
	"kv-deleted":       {"nas_kv soft_deleted", "nas_kv soft_deleted, broker job_failed"},
	"kv-destroyed":     {"nas_kv destroyed", "nas_kv destroyed, broker job_failed"},
	"kv-key-missing":   {"nas_kv key_missing", "nas_kv key_missing, broker job_failed"},
	"broker-suspended": {"broker suspended", ""},
	"broker-failed":    {"broker job_failed", ""},
	"main-sealed": {
		"main_vault sealed, main_kv sealed",
		"broker job_failed, main_vault sealed, main_kv sealed, external_secret not_ready",
	},
	"main-forbidden":     {"main_vault forbidden, main_kv forbidden", ""},
	"main-kv-deleted":    {"main_kv soft_deleted", "main_kv soft_deleted, external_secret not_ready"},
	"eso-stopped":        {"external_secret not_ready", ""},
	"secret-deleted":     {"k8s_secret not_found, token not_found", ""},
	"secret-corrupt":     {"k8s_secret malformed, token malformed", ""},
	"secret-key-missing": {"k8s_secret key_missing, token key_missing", ""},
	"k8s-down": {
		"broker connect_refused, main_vault forbidden, main_kv forbidden, external_secret connect_refused, k8s_secret connect_refused, token connect_refused", "",
	},
	"k8s-forbidden":       {"broker forbidden, external_secret forbidden, k8s_secret forbidden, token forbidden", ""},
	"revoke":              {"token revoked", "broker job_failed, token revoked"},
	"pki-forbidden":       {"pki forbidden", ""},
	"pki-role-missing":    {"pki not_found", ""},
	"transit-forbidden":   {"transit forbidden", ""},
	"transit-key-missing": {"transit not_found", ""},
	"transit-other-key":   {"transit wrong_key", ""},
	"rotation-open":       {"", ""},
	"rotate":              {"nas_kv->main_kv stale", "-"},
}

func TestEveryFaultIsBlamedAndHeals(t *testing.T) {
	lab, cfg := start(t)
	checks := hop.Build(cfg)
	if got := sees(observe(t, checks, patience(""))); got != "" {
		t.Fatalf("a new homelab: got %q, want green", got)
	}
	var names []string
	for _, fault := range lab.Faults() {
		names = append(names, fault.Name)
		t.Run(fault.Name, func(t *testing.T) {
			if fault.Hop != "" && flow.Remedy(fault.Hop, fault.Reason) == "" {
				t.Errorf("%s %s: want a remedy", fault.Hop, fault.Reason)
			}
			want := consequences[fault.Name]
			if want.later == "" {
				want.later = want.first
			}
			breakNow(t, lab, fault.Name)
			if fault.Name != "rotate" { // an action is done again when it is asked for again
				breakNow(t, lab, fault.Name)
			}
			expect(t, checks, fault, want.first, fault.Name != "rotate")
			lab.Sync()
			expect(t, checks, fault, strings.TrimPrefix(want.later, "-"), true)
			heal(t, lab, fault.Name)
			if got := sees(observe(t, checks, patience(""))); got != "" {
				t.Fatalf("after healing: got %q, want green", got)
			}
			heal(t, lab, fault.Name) // the next fault's consequences tell whether this did anything
			for _, other := range lab.Faults() {
				if other.Broken {
					t.Errorf("after healing: %q is broken", other.Name)
				}
			}
		})
	}
	slices.Sort(names)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(consequences)), names); diff != "" {
		t.Errorf("faults with consequences (-want +got):\n%s", diff)
	}
}

func expect(t *testing.T, checks []hop.Hop, fault homelab.FaultState, want string, judge bool) {
	t.Helper()
	got := observe(t, checks, patience(fault.Name))
	if diff := cmp.Diff(want, sees(got)); diff != "" {
		t.Errorf("what the exporter sees (-want +got):\n%s", diff)
	}
	verdict := flow.Judge(got)
	if judge && (verdict.Hop != fault.Hop || verdict.Reason != fault.Reason) {
		t.Errorf("got blame %q %q, want %q %q", verdict.Hop, verdict.Reason, fault.Hop, fault.Reason)
	}
}

func TestFaultsTogether(t *testing.T) {
	lab, cfg := start(t)
	checks := hop.Build(cfg)
	faults := lab.Faults()
	for _, fault := range faults {
		breakNow(t, lab, fault.Name)
		if err := lab.Rotate(); err != nil {
			t.Fatal(err)
		}
		lab.Sync()
	}
	for _, fault := range faults {
		heal(t, lab, fault.Name)
	}
	if got := sees(observe(t, checks, patience(""))); got != "" {
		t.Errorf("after healing all: got %q, want green", got)
	}
}

func TestUnknownFault(t *testing.T) {
	lab, _ := start(t)
	for _, do := range []func(string) error{lab.Break, lab.Heal} {
		err := do("sael")
		if err == nil || !strings.Contains(err.Error(), `finding the fault "sael": want one of docker-down, `) {
			t.Errorf("got %v, want the known faults", err)
		}
	}
}
