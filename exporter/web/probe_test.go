package web

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

const probePath = "/probe?flow=qnap&hop=nas_kv"

func TestProbeAcceptsConfiguredNamesOnly(t *testing.T) {
	server := serve(t, &exporter{check: func(context.Context, prometheus.Registerer) (hop.Reading, error) {
		t.Error("a check ran for a name that is not configured")
		return hop.Reading{}, nil
	}})
	tests := map[string]string{
		"/probe":                          "the configured flows are: qnap",
		"/probe?flow=other&hop=nas_kv":    "the configured flows are: qnap",
		"/probe?flow=qnap":                `the configured hops of flow "qnap" are: nas_vault, nas_kv`,
		"/probe?flow=qnap&hop=http://x":   `the configured hops of flow "qnap" are: nas_vault, nas_kv`,
		"/probe?flow=qnap&hop=k8s_secret": `the configured hops of flow "qnap" are: nas_vault, nas_kv`,
	}
	for path, want := range tests {
		got := ask(t, "GET", server.URL+path)
		if got.status != 400 || !strings.Contains(got.body, want) {
			t.Errorf("asking %s: got %d %q, want 400 and %q", path, got.status, got.body, want)
		}
	}
}

func TestProbeHasItsOwnRegistry(t *testing.T) {
	version := 0
	server := serve(t, &exporter{check: func(_ context.Context, reg prometheus.Registerer) (hop.Reading, error) {
		// The second probe would panic here if it met the first one's series.
		version++
		kv := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "nas_token_kv_version", Help: "x"}, []string{"try"})
		reg.MustRegister(kv)
		kv.WithLabelValues(strings.Repeat("i", version)).Set(float64(version))
		return hop.Reading{}, nil
	}})
	first, second := ask(t, "GET", server.URL+probePath), ask(t, "GET", server.URL+probePath)
	if !strings.Contains(first.body, `nas_token_kv_version{try="i"} 1`) {
		t.Errorf("the first probe lacks its series: %s", first.body)
	}
	if !strings.Contains(second.body, `{try="ii"} 2`) || strings.Contains(second.body, `{try="i"}`) {
		t.Errorf("the second probe shows the first one's series: %s", second.body)
	}
	if strings.Contains(second.body, "go_goroutines") || !strings.Contains(second.body, "probe_duration_seconds ") {
		t.Errorf("the probe's series are not its own: %s", second.body)
	}
}

func TestProbeThatFails(t *testing.T) {
	secret, err := token.Parse([]byte("hvs.CANARYcanaryCANARYcanaryCANARY"))
	if err != nil {
		t.Fatal(err)
	}
	server := serve(t, &exporter{check: func(context.Context, prometheus.Registerer) (hop.Reading, error) {
		return hop.Reading{Token: secret, Trace: upstream.Trace{Steps: []upstream.Step{
			{Operation: upstream.OpVaultLogin.Name, Target: "https://192.168.1.42:61200", Duration: 12 * time.Millisecond},
			{Operation: upstream.OpVaultKVRead.Name, Target: "https://192.168.1.42:61200", Duration: 3 * time.Millisecond, Reason: reason.KeyMissing},
		}}}, reason.Errorf(reason.KeyMissing, "reading the KV secret %q", "tokens/root")
	}})

	plain := ask(t, "GET", server.URL+probePath)
	if plain.status != 200 || !strings.Contains(plain.body, "probe_success 0") {
		t.Errorf("got %d %q, want 200 and probe_success 0", plain.status, plain.body)
	}
	debug := ask(t, "GET", server.URL+probePath+"&debug=true")
	for _, want := range []string{
		"nas_kv (Token in the NAS Vault)", "key_missing: the value has no such key", `reading the KV secret "tokens/root"`,
		"vault_login", "12 ms", "ok", "vault_kv_read", "key_missing (the value has no such key)", "https://192.168.1.42:61200", "probe_success 0",
	} {
		if !strings.Contains(debug.body, want) {
			t.Errorf("the debug page lacks %q:\n%s", want, debug.body)
		}
	}
	if strings.Contains(debug.body, "canary") || !secret.IsZero() {
		t.Errorf("the token outlived the probe:\n%s", debug.body)
	}
}

func TestDebugHidesTextThatIsNotOurs(t *testing.T) {
	server := serve(t, &exporter{check: func(context.Context, prometheus.Registerer) (hop.Reading, error) {
		return hop.Reading{}, errors.New("500: hvs.leaked-by-a-library")
	}})
	got := ask(t, "GET", server.URL+probePath+"&debug=true")
	if strings.Contains(got.body, "leaked") || !strings.Contains(got.body, "internal: the exporter itself failed") {
		t.Errorf("got %s", got.body)
	}
}

func TestProbeEndsBeforeTheScraperHangsUp(t *testing.T) {
	var left time.Duration
	server := serve(t, &exporter{check: func(ctx context.Context, _ prometheus.Registerer) (hop.Reading, error) {
		deadline, _ := ctx.Deadline()
		left = time.Until(deadline)
		return hop.Reading{}, nil
	}})
	got := ask(t, "GET", server.URL+probePath, timeoutHeader, "30")
	if got.status != 200 || left > 29500*time.Millisecond || left < 20*time.Second {
		t.Errorf("got %d with %s left, want at most 29.5 s", got.status, left)
	}
	got = ask(t, "GET", server.URL+probePath, timeoutHeader, "soon")
	if got.status != 400 || !strings.Contains(got.body, timeoutHeader) {
		t.Errorf("got %d %q, want 400 and the header's name", got.status, got.body)
	}
}

func TestScrapeTimeout(t *testing.T) {
	tests := []struct {
		header string
		want   time.Duration
		bad    bool
	}{
		{"", longestProbe, false},
		{"0", longestProbe, false},
		{"10", 9500 * time.Millisecond, false},
		{"0.6", 100 * time.Millisecond, false},
		{"0.5", 500 * time.Millisecond, false},
		{"0.2", 200 * time.Millisecond, false},
		{"1e300", longestProbe, false},
		{"+Inf", longestProbe, false},
		{"NaN", 0, true},
		{"-1", 0, true},
		{"ten", 0, true},
	}
	for _, test := range tests {
		got, err := scrapeTimeout(test.header)
		if got.Round(time.Microsecond) != test.want || (err != nil) != test.bad {
			t.Errorf("reading %q: got %s, %v; want %s", test.header, got, err, test.want)
		}
	}
}
