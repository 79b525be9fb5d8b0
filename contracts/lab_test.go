//go:build pact && e2e

package contracts_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/e2e/lab"
	"homelab.io/vault-health-exporter/exporter/config"
)

// labHome is the lab: real servers, really put into each state.
type labHome struct {
	lab    *lab.Lab
	state  string // the lab's folder with its tokens and its CA
	docker access
	// suffix is behind the name of every container of the lab.
	suffix string
	kube   access // the administrator's
	vaults map[string]vaultAccess
	// product is "vault" or "openbao", and lacks are the states that its edition
	// and version do not have.
	product string
	lacks   map[contracts.State]string
	spares  *spares
	// held is a state that costs much to enter and is kept for the next
	// interaction.
	held heldState
}

// heldState is a state that the provider is kept in.
type heldState struct {
	provider string
	state    contracts.State
	to       access
	leave    func() error
}

func (h *labHome) name() string { return "lab" }

func (h *labHome) cannot(_ contracts.Pair, state contracts.State) string {
	return h.lacks[state]
}

func (h *labHome) mustVerify(contracts.Pair) bool { return true }

// TestLab verifies the pacts against the servers of the lab that is up, whose
// last use this is, or of one of its own.
func TestLab(t *testing.T) {
	l, err := lab.Attach(t.Context())
	if errors.Is(err, lab.ErrNone) {
		l, err = lab.Start(t.Context(), lab.Options{Out: os.Stderr, Logs: "../.build/contracts/lab-logs"})
		if err == nil {
			t.Cleanup(func() {
				if err := l.Close(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	h := &labHome{lab: l}
	if err := h.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(h.release(), h.spares.remove(context.Background())); err != nil {
			t.Error(err)
		}
	})
	verify(t, h)
}

// prepare finds the lab's servers and stops what would repair the states.
func (h *labHome) prepare(ctx context.Context) (err error) {
	for _, address := range h.lab.Addresses() {
		if address.Name == "tokens and CA" {
			h.state = address.URL
		}
	}
	_, h.suffix, _ = strings.Cut(h.lab.NASContainer(), "qnap-k3s")
	if h.docker, err = accessTo(dockerHost(), nil); err != nil {
		return err
	}
	if h.kube, err = accessToKubernetes(h.state + "/kubeconfig"); err != nil {
		return err
	}
	// The shipped one would repair the states each minute.
	if err := h.deleteAndWait(ctx, cronObject); err != nil {
		return err
	}
	h.spares = &spares{docker: h.docker, suffix: h.suffix}
	if err := h.spares.like(ctx, "nas-vault"+h.suffix); err != nil {
		return err
	}
	authority := &config.TLS{CAFile: h.state + "/ca.pem"}
	for name, v := range map[string]vaultAccess{
		contracts.NASVault:  {admin: h.lab.NAS(), path: "tokens/root", unseal: h.lab.UnsealNAS},
		contracts.MainVault: {admin: h.lab.Main(), path: "nas/vault-token", unseal: h.restartMain},
	} {
		if err := h.prepareVault(ctx, name, v, authority); err != nil {
			return err
		}
	}
	return h.prepareKubernetes(ctx)
}

// dockerHost is the engine that the lab runs on.
func dockerHost() string {
	if host := os.Getenv("DOCKER_HOST"); host != "" {
		return host
	}
	return "unix:///var/run/docker.sock"
}

// costly are the states that are kept for the next interaction.
var costly = map[contracts.State]bool{
	contracts.VaultSealed: true, contracts.VaultLonelyStandby: true, contracts.VaultUninitialized: true,
}

// enter implements home.
func (h *labHome) enter(ctx context.Context, pair contracts.Pair, state contracts.State) (access, func() error, error) {
	nothing := func() error { return nil }
	if h.held.leave != nil && h.held.provider == pair.Provider && h.held.state == state {
		return h.held.to, nothing, nil
	}
	if err := h.release(); err != nil {
		return access{}, nothing, err
	}
	var (
		to    access
		leave func() error
		err   error
	)
	switch pair.Provider {
	case contracts.NASVault, contracts.MainVault:
		to, leave, err = h.vault(ctx, pair, state)
	case contracts.Kubernetes:
		to, leave, err = h.kubernetes(ctx, pair, state)
	case contracts.Docker, contracts.NASContainer:
		to, leave, err = h.container(ctx, state)
	}
	if leave == nil {
		leave = nothing
	}
	if costly[state] && err == nil {
		h.held = heldState{provider: pair.Provider, state: state, to: to, leave: leave}
		return to, nothing, nil
	}
	return to, leave, err
}

// release leaves a state that was kept.
func (h *labHome) release() error {
	leave := h.held.leave
	h.held = heldState{}
	if leave == nil {
		return nil
	}
	return leave()
}

// exec implements home.
func (h *labHome) exec(ctx context.Context, argv []string) (contracts.Execution, error) {
	return execute(ctx, h.dockerConfig(), argv)
}

// reader is the user that the exporter reads the file as. It is not root, who
// could read it whatever its mode.
const reader = "65534"

func (h *labHome) dockerConfig() config.Docker {
	return config.Docker{Host: dockerHost(), Container: h.lab.NASContainer(), User: reader, TokenFile: contracts.TokenFile}
}

// container puts the container, or the file in it, into a state.
func (h *labHome) container(ctx context.Context, state contracts.State) (access, func() error, error) {
	asRoot := func(argv ...string) error {
		cfg := h.dockerConfig()
		cfg.User = "0"
		_, err := execute(ctx, cfg, argv)
		return err
	}
	restore := func() error { return h.lab.RestoreTokenFile(context.WithoutCancel(ctx)) }
	write := func(content string) error { return h.lab.WriteTokenFile(ctx, []byte(content)) }
	steps := map[contracts.State]struct{ enter, leave func() error }{
		contracts.FileHoldsToken:  {func() error { return write(contracts.ExampleToken + "\n") }, restore},
		contracts.FileWithReturns: {func() error { return write(contracts.ExampleToken + "\r\n") }, restore},
		contracts.FileForbidden:   {func() error { return asRoot("chmod", "000", contracts.TokenFile) }, restore},
		contracts.FileTwoLines:    {func() error { return write(contracts.ExampleToken + "\n" + contracts.ExampleToken + "\n") }, restore},
	}
	var leave func() error
	if step, ok := steps[state]; ok {
		if err := step.enter(); err != nil {
			return access{}, nil, err
		}
		leave = step.leave
	} else if fault, ok := faults[state]; ok {
		var err error
		if leave, err = h.breaks(ctx, fault); err != nil {
			return access{}, leave, err
		}
	}
	to, err := withExec(ctx, h.docker, h.dockerConfig(), state)
	return to, leave, err
}
