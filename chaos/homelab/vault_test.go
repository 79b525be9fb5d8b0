package homelab

import (
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	vault "github.com/hashicorp/vault/api"
)

// startLab is for the tests that need what no client may have, like the root
// token of a Vault.
func startLab(t *testing.T) *Homelab {
	t.Helper()
	lab, err := Start(t.TempDir(), Options{CopyInterval: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	return lab
}

// vaultClient is HashiCorp's client for one of the Vaults.
func vaultClient(t *testing.T, lab *Homelab, s *server, token string) *vault.Client {
	t.Helper()
	config := vault.DefaultConfig()
	config.Address = "https://" + s.address
	config.MaxRetries = 0
	if err := config.ConfigureTLS(&vault.TLSConfig{CACert: lab.path(caFile)}); err != nil {
		t.Fatal(err)
	}
	client, err := vault.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	client.SetToken(token)
	t.Cleanup(config.HttpClient.CloseIdleConnections)
	return client
}

// rootOf makes a root token.
func rootOf(lab *Homelab, v *vaultNode) string {
	lab.mu.Lock()
	defer lab.mu.Unlock()
	return v.tokens.issueRoot().id
}

// raw sends a request and returns status and body, without what is random.
func raw(t *testing.T, client *vault.Client, method, path, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, client.Address()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if client.Token() != "" {
		request.Header.Set("X-Vault-Token", client.Token())
	}
	answer, err := client.CloneConfig().HttpClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(path, "/v1/") && answer.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s: got content type %q", method, path, answer.Header.Get("Content-Type"))
	}
	return answer.StatusCode, redact(string(content))
}

var random = []struct {
	pattern *regexp.Regexp
	mark    string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`), "UUID"},
	{regexp.MustCompile(`vault-cluster-[0-9a-f]{8}`), "CLUSTER"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`), "TIME"},
	{regexp.MustCompile(`"(server_time_utc|creation_time)":\d+`), `"$1":0`},
	{regexp.MustCompile(`hvs\.[A-Za-z0-9_-]+`), "TOKEN"},
	{regexp.MustCompile(`"accessor":"\w{24}"`), `"accessor":"ACCESSOR"`},
}

func redact(text string) string {
	for _, r := range random {
		text = r.pattern.ReplaceAllString(text, r.mark)
	}
	return text
}

// The bodies below are recordings of Vault 1.21.0 (health: as it is without a
// raft peer), with what is random replaced.
const (
	activeHealth = `{"initialized":true,"sealed":false,"standby":false,"performance_standby":false,"replication_performance_mode":"disabled","replication_dr_mode":"disabled","server_time_utc":0,"version":"1.21.0","enterprise":false,"cluster_name":"CLUSTER","cluster_id":"UUID","echo_duration_ms":0,"clock_skew_ms":0,"replication_primary_canary_age_ms":0}` + "\n"
	sealedHealth = `{"initialized":true,"sealed":true,"standby":true,"performance_standby":false,"replication_performance_mode":"unknown","replication_dr_mode":"unknown","server_time_utc":0,"version":"1.21.0","enterprise":false,"echo_duration_ms":0,"clock_skew_ms":0,"replication_primary_canary_age_ms":0}` + "\n"
	uninitHealth = `{"initialized":false,"sealed":true,"standby":true,"performance_standby":false,"replication_performance_mode":"unknown","replication_dr_mode":"unknown","server_time_utc":0,"version":"1.21.0","enterprise":false,"echo_duration_ms":0,"clock_skew_ms":0,"replication_primary_canary_age_ms":0}` + "\n"

	metadata1    = `"metadata":{"created_time":"TIME","custom_metadata":null,"deletion_time":"","destroyed":false,"version":1}`
	denied       = `{"errors":["permission denied"]}` + "\n"
	deniedPolicy = `{"errors":["1 error occurred:\n\t* permission denied\n\n"]}` + "\n"
	deniedToken  = `{"errors":["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"]}` + "\n"
	isSealed     = `{"errors":["Vault is sealed"]}` + "\n"
	noErrors     = `{"errors":[]}` + "\n"
)

func TestVaultHealth(t *testing.T) {
	lab := startLab(t)
	client := vaultClient(t, lab, lab.nasServer, lab.auth.nasToken)
	tests := []struct {
		fault, path, method string
		code                int
		body                string
	}{
		{"", "/v1/sys/health", "GET", 200, activeHealth},
		{"", "/v1/sys/health", "HEAD", 200, ""},
		{"", "/v1/sys/health", "POST", 405, noErrors},
		{"", "/v1/sys/health?sealedcode=abc", "GET", 400, noErrors},
		{"", "/v1/sys/health?activecode=204&standbyok=true", "HEAD", 204, ""},
		{nasSeal, "/v1/sys/health", "GET", 503, sealedHealth},
		{nasSeal, "/v1/sys/health?sealedcode=299&uninitcode=298", "GET", 299, sealedHealth},
		{nasSeal, "/v1/auth/token/lookup-self", "GET", 503, isSealed},
		{nasSeal, "/v1/secret/data/tokens/root", "GET", 503, isSealed},
		{nasUninitialized, "/v1/sys/health", "GET", 501, uninitHealth},
		{nasUninitialized, "/v1/secret/data/tokens/root", "GET", 503, isSealed},
		{nasStandby, "/v1/sys/health", "HEAD", 429, ""},
		{nasStandby, "/v1/sys/health?standbyok=true", "HEAD", 200, ""},
		{nasStandby, "/v1/secret/data/tokens/root", "GET", 500, `{"errors":["local node not active but active cluster node not found"]}` + "\n"},
		{nas5xx, "/v1/sys/health", "GET", 500, noErrors},
	}
	for _, test := range tests {
		t.Run(test.fault+" "+test.method+" "+test.path, func(t *testing.T) {
			if test.fault != "" {
				defer undo(t, lab, test.fault)()
			}
			code, body := raw(t, client, test.method, test.path, "")
			if code != test.code {
				t.Errorf("got status %d, want %d", code, test.code)
			}
			if diff := cmp.Diff(test.body, body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// undo breaks the fault and returns how to heal it.
func undo(t *testing.T, lab *Homelab, name string) func() {
	t.Helper()
	if err := lab.Break(name); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := lab.Heal(name); err != nil {
			t.Error(err)
		}
	}
}

func TestVaultHealthByItsClient(t *testing.T) {
	lab := startLab(t)
	client := vaultClient(t, lab, lab.nasServer, "")
	type state struct{ Initialized, Sealed, Standby bool }
	for fault, want := range map[string]state{
		"":               {Initialized: true},
		nasSeal:          {Initialized: true, Sealed: true, Standby: true},
		nasUninitialized: {Sealed: true, Standby: true},
		nasStandby:       {Initialized: true, Standby: true},
	} {
		t.Run(fault, func(t *testing.T) {
			if fault != "" {
				defer undo(t, lab, fault)()
			}
			asked := time.Now().Unix()
			health, err := client.Sys().HealthWithContext(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, state{health.Initialized, health.Sealed, health.Standby}); diff != "" {
				t.Errorf("health (-want +got):\n%s", diff)
			}
			if said := health.ServerTimeUTC; said < asked || said > time.Now().Unix() || health.Version != vaultVersion {
				t.Errorf("got time %d and version %q, want between %d and now", said, health.Version, asked)
			}
			seal, err := client.Sys().SealStatusWithContext(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if seal.Sealed != want.Sealed || seal.Initialized != want.Initialized {
				t.Errorf("got seal status %+v, want %+v", seal, want)
			}
		})
	}
}

func TestVaultSlow(t *testing.T) {
	lab := startLab(t)
	client := vaultClient(t, lab, lab.nasServer, "")
	heal := undo(t, lab, nasSlow)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := client.Sys().HealthWithContext(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
	answered := make(chan error)
	go func() {
		_, err := client.Sys().Health()
		answered <- err
	}()
	heal()
	if err := <-answered; err != nil {
		t.Errorf("a request that was held: got %v, want an answer once healed", err)
	}
}
