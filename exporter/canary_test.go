//go:build !race

package exporter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/runner"
	"homelab.io/vault-health-exporter/exporter/upstream"
	"homelab.io/vault-health-exporter/exporter/web"
)

// secrets returns what must never be seen: the files with the exporter's own
// credentials, line by line.
func secrets(t *testing.T, f config.Flow) []string {
	t.Helper()
	var all []string
	for _, path := range []string{
		f.NAS.Vault.Auth.TokenFile, f.Main.Vault.Auth.Kubernetes.JWTFile, f.NAS.Docker.TLS.KeyFile, f.Main.Kubernetes.Kubeconfig,
	} {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			line = strings.TrimSpace(line)
			if path == f.Main.Kubernetes.Kubeconfig && !strings.HasPrefix(line, "token: ") || strings.HasPrefix(line, "-----") {
				continue
			}
			all = append(all, strings.Trim(strings.TrimPrefix(line, "token: "), `"`))
		}
	}
	if len(all) < 4 {
		t.Fatalf("got %d secrets, want the Vault token, the JWT, the key and the bearer token", len(all))
	}
	return all
}

// leak returns the first eight bytes in text that are a secret's.
func leak(text string, secrets []string) string {
	parts := map[string]bool{}
	for _, secret := range secrets {
		secret = strings.TrimPrefix(secret, "hvs.")
		for i := 0; i+8 <= len(secret); i++ {
			parts[secret[i:i+8]] = true
		}
	}
	for i := 0; i+8 <= len(text); i++ { // once, as it is long
		if parts[text[i:i+8]] {
			return text[i : i+8]
		}
	}
	return ""
}

// canary is an exporter whose every word is looked at.
type canary struct {
	exporter *Exporter
	runner   *runner.Runner
	flow     config.Flow
	known    []string // which a fault may take away
	log      lockedBuffer
	spans    *tracetest.InMemoryExporter
	server   *httptest.Server
	shown    int // bytes
}

func newCanary(t *testing.T, f config.Flow) *canary {
	t.Helper()
	c := &canary{flow: f, known: secrets(t, f), spans: tracetest.NewInMemoryExporter()}
	logger := slog.New(slog.NewTextHandler(&c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c.exporter = New(nil, prometheus.NewRegistry(), sdk.NewTracerProvider(sdk.WithSyncer(c.spans)).Tracer(""), logger)
	p := plan{config: f}
	c.runner = newRunner(p, c.exporter.shared, nil)
	c.exporter.flows[f.Name] = &running{plan: p, runner: c.runner}
	c.server = httptest.NewServer(web.New(c.exporter, web.Metrics(c.exporter.Gatherer()), time.Now, web.Options{}))
	t.Cleanup(c.server.Close)
	return c
}

// look looks for the token, and for all that the exporter is to keep to itself, in
// everything that leaves the process: logs at debug level, metrics, spans, the
// page, the debug log of every hop, a panic, a goroutine dump, and the state as JSON.
func (c *canary) look(t *testing.T) {
	t.Helper()
	var out bytes.Buffer
	e, f := c.exporter, c.flow
	panicked := runner.New(runner.Flow{Name: "panics", Interval: f.Interval, Timeout: f.Timeout, Hops: []hop.Hop{{Name: flow.NASKV, Check: panics(f)}}}, e.shared)
	panicked.Once(t.Context())
	panicked.Remove()
	paths := []string{"/", "/metrics", "/-/ready"}
	for _, h := range e.Hops("qnap") {
		paths = append(paths, "/probe?flow=qnap&debug=true&hop="+string(h))
	}
	for _, path := range paths {
		reply, err := http.Get(c.server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(&out, reply.Body)
		_ = reply.Body.Close()
	}
	state, err := json.Marshal(snapshots(e))
	if err != nil {
		t.Fatal(err)
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	fmt.Fprintf(&out, "%s\n%+v\n%s\n%s\n%+v", state, snapshots(e), stacks, c.log.String(), c.spans.GetSpans())
	c.spans.Reset()
	ctx, cancel := context.WithTimeout(t.Context(), f.Timeout)
	defer cancel()
	reading, err := hop.NASKV(upstream.NASVault(*f.NAS.Vault))(ctx)
	if err != nil {
		reading, _ = hop.K8sSecret(upstream.MainCluster(*f.Main.Kubernetes))(t.Context())
	}
	if part := leak(out.String(), append(c.known, reading.Token.Reveal())); part != "" {
		i := strings.Index(out.String(), part)
		t.Errorf("got eight bytes of a secret behind %q", out.String()[max(0, i-60):i])
	}
	c.shown += out.Len()
}

// TestNoTokenIsEverShown drives the flow's token through every hop and every
// failure.
func TestNoTokenIsEverShown(t *testing.T) {
	home, f := startHomelab(t)
	c := newCanary(t, f)
	look := func(t *testing.T) {
		home.Sync()
		c.runner.Once(t.Context())
		if got := len(c.spans.GetSpans()); got < len(c.exporter.Hops("qnap")) {
			t.Errorf("got %d spans, want one for each hop at least", got)
		}
		c.look(t)
	}
	look(t)
	for _, fault := range home.Faults() {
		t.Run(fault.Name, func(t *testing.T) {
			if err := home.Break(fault.Name); err != nil {
				t.Fatal(err)
			}
			look(t)
			if err := home.Heal(fault.Name); err != nil {
				t.Fatal(err)
			}
			home.Sync()
		})
	}
	t.Logf("looked at %d bytes", c.shown)
}

// TestNoTokenIsEverShownOfALoginThatIsKept drives checks that leave their connections
// and their login to the next ones, over and past the faults of those servers.
func TestNoTokenIsEverShownOfALoginThatIsKept(t *testing.T) {
	const mark = "INEACHTOKEN"
	home := homelabtest.Start(t, homelab.Options{Mark: mark})
	f := home.Flow
	f.Timeout, f.Connections, f.ColdEvery = time.Second, config.Reuse, 3
	c := newCanary(t, f)
	c.known = append(c.known, mark)
	for _, fault := range []string{"", "main-sealed", "main-forbidden", "main-502", "k8s-forbidden", "k8s-half", "k8s-cert-expired", ""} {
		if fault != "" {
			if err := home.Break(fault); err != nil {
				t.Fatal(err)
			}
		}
		home.Sync()
		for range f.ColdEvery { // a cold one, and the warm ones after it
			c.look(t)
		}
		if fault != "" {
			if err := home.Heal(fault); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// panics returns a check that panics with the token in hand and in its words.
func panics(f config.Flow) hop.Check {
	read := hop.K8sSecret(upstream.MainCluster(*f.Main.Kubernetes))
	return func(ctx context.Context) (hop.Reading, error) {
		reading, _ := read(ctx)
		panic("holding " + reading.Token.Reveal())
	}
}

// TestTheCanaryTestCanFail shows that leak finds what it looks for.
func TestTheCanaryTestCanFail(t *testing.T) {
	if leak("log line with CDEFGHIJ in it", []string{"hvs.ABCDEFGHIJKLMNOPQRSTUVWX"}) != "CDEFGHIJ" {
		t.Error("got nothing, want the leaked part")
	}
}
