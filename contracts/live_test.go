//go:build pact

package contracts_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

var targetFile = flag.String("target", os.Getenv("CONTRACTS_TARGET"), "verify, reading only, against the live homelab of this exporter configuration")

// liveHome is a homelab that is in use. It is read, as the exporter reads it,
// and never put into another state.
type liveHome struct {
	flow config.Flow
	// root says that the applications' token is a root token.
	root bool
}

// liveStates are those that a homelab in good health is in anyway.
var liveStates = map[contracts.State]bool{
	contracts.VaultActive: true, contracts.SecretStored: true, contracts.TokenRoot: true, contracts.TokenLimited: true,
	contracts.LoginAccepted: true, contracts.ObjectsHealthy: true, contracts.ContainerRuns: true,
	contracts.ExecSucceeded: true, contracts.FileHoldsToken: true,
}

func (h *liveHome) name() string { return "live" }

func (h *liveHome) mustVerify(pair contracts.Pair) bool {
	return pair.Consumer == contracts.Exporter && h.configured(pair)
}

func (h *liveHome) configured(pair contracts.Pair) bool {
	return map[string]bool{
		contracts.NASVault: h.flow.NAS.Vault != nil, contracts.MainVault: h.flow.Main.Vault != nil,
		contracts.Kubernetes: h.flow.Main.Kubernetes != nil, contracts.Docker: h.flow.NAS.Docker != nil,
		contracts.NASContainer: h.flow.NAS.Docker != nil,
	}[pair.Provider]
}

func (h *liveHome) cannot(pair contracts.Pair, state contracts.State) string {
	switch {
	case pair.Consumer != contracts.Exporter:
		return "it takes the broker's credentials"
	case !h.configured(pair):
		return "the configuration has no such hop"
	case !liveStates[state]:
		return "it takes a change of the homelab"
	case state == contracts.TokenRoot && !h.root, state == contracts.TokenLimited && h.root:
		return "the applications' token is of the other kind"
	}
	return ""
}

// enter implements home; there is nothing to undo.
func (h *liveHome) enter(ctx context.Context, pair contracts.Pair, state contracts.State) (to access, leave func() error, err error) {
	leave = func() error { return nil }
	switch pair.Provider {
	case contracts.NASVault:
		to, err = h.vault(ctx, *h.flow.NAS.Vault, state)
	case contracts.MainVault:
		to, err = h.vault(ctx, *h.flow.Main.Vault, state)
	case contracts.Kubernetes:
		to, err = accessToKubernetes(h.flow.Main.Kubernetes.Kubeconfig)
	case contracts.Docker:
		if to, err = accessTo(h.flow.NAS.Docker.Host, h.flow.NAS.Docker.TLS); err == nil {
			to, err = withExec(ctx, to, *h.flow.NAS.Docker, state)
		}
	}
	to.redact = true
	return to, leave, err
}

func (h *liveHome) vault(ctx context.Context, cfg config.Vault, state contracts.State) (access, error) {
	to, err := accessTo(cfg.Address, cfg.TLS)
	if err != nil {
		return to, err
	}
	to.untyped = true
	if auth := cfg.Auth; auth != nil && auth.Kubernetes != nil {
		jwt, err := os.ReadFile(auth.Kubernetes.JWTFile)
		if err != nil {
			return to, err
		}
		to.body = map[string]string{"jwt": string(jwt), "role": auth.Kubernetes.Role}
		if state == contracts.SecretStored {
			var granted struct {
				Auth struct {
					ClientToken string `json:"client_token"`
				}
			}
			err := to.call(ctx, "PUT", "/v1/auth/"+auth.Kubernetes.Mount+"/login", to.body, &granted)
			to.header = map[string]string{"X-Vault-Token": granted.Auth.ClientToken}
			return to, err
		}
	}
	switch {
	case state == contracts.TokenRoot || state == contracts.TokenLimited:
		reading, err := hop.K8sSecret(upstream.MainCluster(*h.flow.Main.Kubernetes))(ctx)
		to.header = map[string]string{"X-Vault-Token": reading.Token.Reveal()}
		return to, err
	case cfg.Auth != nil && cfg.Auth.TokenFile != "":
		own, err := os.ReadFile(cfg.Auth.TokenFile)
		to.header = map[string]string{"X-Vault-Token": string(trimmed(own))}
		return to, err
	}
	return to, nil
}

// exec implements home.
func (h *liveHome) exec(ctx context.Context, argv []string) (contracts.Execution, error) {
	if argv[0] != "cat" {
		return contracts.Execution{}, fmt.Errorf("running %q: want cat", argv[0])
	}
	made, err := execute(ctx, *h.flow.NAS.Docker, argv)
	made.Stdout = redactText(made.Stdout)
	return made, err
}

func newLive(t *testing.T, path string) *liveHome {
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	h := &liveHome{flow: cfg.Flows[0]}
	if h.flow.NAS.Vault != nil && h.flow.Main.Kubernetes != nil && h.flow.Main.Kubernetes.Secret != nil {
		reading, err := hop.Token(upstream.NASVault(*h.flow.NAS.Vault), upstream.MainCluster(*h.flow.Main.Kubernetes))(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		h.root = reading.Auth.Root
	}
	return h
}

// TestLive verifies against the homelab of -target; without one it is skipped.
func TestLive(t *testing.T) {
	if *targetFile == "" {
		t.Skip("not run: no live homelab was named; use -target or CONTRACTS_TARGET")
	}
	verify(t, newLive(t, *targetFile))
}

// TestLiveIsSafe runs the same against an embedded homelab, to hold that it
// works, changes nothing and shows the verifier no token.
func TestLiveIsSafe(t *testing.T) {
	h := newLive(t, homelabtest.Start(t, homelabtest.OnRequest).File)
	before := look(t, h.flow)
	verify(t, unsaved{h})
	if after := look(t, h.flow); after != before {
		t.Errorf("got %+v after, want %+v", after, before)
	}
}

// unsaved is a home whose results are nobody's.
type unsaved struct{ *liveHome }

func (unsaved) name() string { return "" }

// look is what can be seen of a homelab's token.
func look(t *testing.T, f config.Flow) [2]int {
	t.Helper()
	var versions [2]int
	for i, check := range []hop.Check{hop.NASKV(upstream.NASVault(*f.NAS.Vault)), hop.MainKV(upstream.MainVault(*f.Main.Vault))} {
		reading, err := check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		versions[i] = reading.KVVersion
	}
	return versions
}
