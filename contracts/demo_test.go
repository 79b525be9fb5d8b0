//go:build pact

package contracts_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// repository is the tree, from the folder in which tests run.
const repository = ".."

// demoHome is the embedded homelab.
type demoHome struct {
	lab  *homelab.Homelab
	flow config.Flow
	// limited is the way to the Vault whose reads are limited now.
	limited access
}

// demoFaults are the states that are faults of the embedded homelab.
var demoFaults = map[contracts.State]string{
	contracts.VaultUninitialized: "uninitialized", contracts.VaultLonelyStandby: "standby", contracts.VaultReplaced: "nas-garbage",
	contracts.PKIRoleMissing: "pki-role-missing", contracts.TransitKeyMissing: "transit-key-missing", contracts.TransitOtherKey: "transit-other-key",
	contracts.K8sForbidden: "k8s-forbidden", contracts.K8sSecretMissing: "secret-deleted", contracts.K8sSecretMalformed: "secret-corrupt",
	contracts.K8sSecretNoKey: "secret-key-missing", contracts.CronJobSuspended: "broker-suspended", contracts.JobFailed: "broker-failed",
	contracts.ExternalNotReady: "eso-stopped",
	contracts.ContainerStopped: "container-stopped", contracts.ContainerPaused: "container-paused", contracts.ContainerMissing: "container-missing",
	contracts.FileMissing: "file-missing", contracts.FileForbidden: "file-permission", contracts.FileEmpty: "file-empty",
	contracts.FileMalformed: "file-malformed", contracts.FileTwoLines: "file-two-lines",
}

// demoStandings are the states that a node of a cluster is in.
var demoStandings = map[contracts.State]homelab.Standing{
	contracts.VaultForwards: homelab.Forwarding, contracts.VaultRedirects: homelab.Redirecting,
	contracts.VaultCutOff: homelab.CutOff, contracts.VaultRemoved: homelab.Removed,
}

func (h *demoHome) name() string { return "demo" }

func (h *demoHome) cannot(_ contracts.Pair, state contracts.State) string {
	return contracts.Elsewhere(state)
}

func (h *demoHome) mustVerify(contracts.Pair) bool { return true }

func TestDemo(t *testing.T) {
	home := homelabtest.Start(t, homelabtest.OnRequest)
	verify(t, &demoHome{lab: home.Homelab, flow: home.Flow})
}

// enter implements home.
func (h *demoHome) enter(ctx context.Context, pair contracts.Pair, state contracts.State) (to access, leave func() error, err error) {
	fault := demoFaults[state]
	if state == contracts.VaultSealed {
		fault = map[string]string{contracts.NASVault: "seal", contracts.MainVault: "main-sealed"}[pair.Provider]
	}
	leave = func() error { return h.repair(ctx) }
	if fault != "" {
		if err := h.lab.Break(fault); err != nil {
			return access{}, leave, err
		}
		leave = func() error { return h.lab.Heal(fault) }
	}
	if state == contracts.FileWithReturns {
		h.lab.WriteFile(contracts.ExampleToken + "\r")
	}
	switch pair.Provider {
	case contracts.NASVault, contracts.MainVault:
		to, err = h.vault(ctx, pair, state)
	case contracts.Kubernetes:
		to, err = h.kubernetes(pair, state)
	case contracts.Docker:
		to, err = h.docker(ctx, state)
	}
	return to, leave, err
}

// vault puts the secret and the token into the state.
func (h *demoHome) vault(ctx context.Context, pair contracts.Pair, state contracts.State) (access, error) {
	name, path, cfg := homelab.NAS, h.flow.NAS.Vault.KV.Path, *h.flow.NAS.Vault
	// The embedded main Vault has only some of the faults; both are one program.
	onlyNAS := []contracts.State{contracts.VaultUninitialized, contracts.VaultLonelyStandby, contracts.VaultReplaced}
	if pair.Provider == contracts.MainVault && !slices.Contains(onlyNAS, state) {
		name, path, cfg = homelab.Main, h.flow.Main.Vault.KV.Path, *h.flow.Main.Vault
	}
	if standing, ok := demoStandings[state]; ok {
		if err := h.lab.SetStanding(name, standing); err != nil {
			return access{}, err
		}
	}
	if versions, ok := secretVersions(state); ok {
		if err := h.lab.SetSecret(name, versions...); err != nil {
			return access{}, err
		}
		var notes map[string]string
		if state == contracts.SecretNoted {
			notes = map[string]string{contracts.ExampleNote: "a note"}
		}
		if err := h.lab.Annotate(name, notes); err != nil {
			return access{}, err
		}
	}
	ttl, policies := time.Duration(0), []string{"root"}
	switch state {
	case contracts.TokenLimited:
		ttl, policies = time.Hour, []string{"other"}
	case contracts.SecretForbidden, contracts.PKIForbidden, contracts.TransitForbidden:
		ttl, policies = time.Hour, []string{"other"}
	}
	limits, restricted := demoRestrictions[state]
	if restricted {
		ttl, policies = time.Hour, []string{"other"}
	}
	own, err := h.lab.IssueRestricted(name, limits, ttl, policies...)
	if err != nil {
		return access{}, err
	}
	switch state {
	case contracts.TokenRevoked:
		own = contracts.ExampleToken // which it never issued: Vault does not tell the two apart
	case contracts.TokenUnplaced:
		own = contracts.ExampleToken + ".nsid1"
	}
	to, err := accessTo(cfg.Address, cfg.TLS)
	to.untyped = true
	if state != contracts.VaultReplaced { // which is a fault of the homelab itself
		to.instead = inFront[state]
	}
	to.header = map[string]string{"X-Vault-Token": own}
	to.body = map[string]string{}
	to.path = elsewhere[state]
	if err == nil {
		err = h.prepare(ctx, to, path, state)
	}
	if err == nil && state == contracts.TransitAccepted {
		to.body["ciphertext"], err = to.encrypted(ctx)
	}
	if err == nil && pair.Provider == contracts.MainVault {
		err = h.login(ctx, to, pair, state)
	}
	return to, err
}

// login makes the consumer's role and chooses what is presented for it.
func (h *demoHome) login(ctx context.Context, to access, pair contracts.Pair, state contracts.State) error {
	to.body["jwt"] = h.lab.ServiceAccountJWT(pair.Consumer)
	switch state {
	case contracts.LoginNoRole:
		to.body["role"] = "no-such-role"
		return nil
	case contracts.LoginBadJWT:
		to.body["jwt"] = "example"
	case contracts.LoginRefused:
		to.body["jwt"] = h.lab.ServiceAccountJWT("another")
	case contracts.LoginAccepted:
	default:
		return nil
	}
	return to.call(ctx, http.MethodPut, "/v1/auth/kubernetes/role/"+pair.Consumer, map[string]any{
		"bound_service_account_names": []string{pair.Consumer}, "token_policies": []string{pair.Consumer},
	}, nil)
}

// demoRestrictions are those of the token that a state is about.
var demoRestrictions = map[contracts.State]homelab.Restriction{
	contracts.TokenCounted: {Uses: 3}, contracts.TokenLastUse: {Uses: 1}, contracts.TokenTooNarrow: {NoDefault: true},
	contracts.TokenBound: {Elsewhere: true}, contracts.TokenDisabled: {Elsewhere: true},
}

// secretVersions are the versions of the secret in a state; ok is false for
// states that are not about it.
func secretVersions(state contracts.State) (versions []homelab.SecretVersion, ok bool) {
	field := func(value any) homelab.SecretVersion {
		return homelab.SecretVersion{Data: map[string]any{"token": value, "created_at": "2026-01-02T03:04:05Z"}}
	}
	good := field(contracts.ExampleToken)
	deleted, destroyed := good, good
	deleted.Deleted, destroyed.Destroyed = true, true
	all := map[contracts.State][]homelab.SecretVersion{
		contracts.SecretStored: {good}, contracts.SecretFirst: {good}, contracts.SecretNoted: {good}, contracts.VaultForwards: {good}, contracts.SecretSecond: {good, good}, contracts.SecretMissing: {},
		contracts.SecretDeleted: {deleted}, contracts.SecretDestroyed: {destroyed},
		contracts.SecretWithoutKey: {{Data: map[string]any{"created_at": "2026-01-02T03:04:05Z"}}},
		contracts.SecretMalformed:  {field("Root token: ask the administrator")},
		contracts.SecretNumber:     {field(4)},
	}
	versions, ok = all[state]
	return versions, ok
}

// exec implements home.
func (h *demoHome) exec(ctx context.Context, argv []string) (contracts.Execution, error) {
	return execute(ctx, *h.flow.NAS.Docker, argv)
}

// execute runs a command in the container through the Docker API.
func execute(ctx context.Context, cfg config.Docker, argv []string) (made contracts.Execution, err error) {
	client, err := upstream.OpenDocker(cfg, &upstream.Trace{})
	if err != nil {
		return made, err
	}
	defer client.Close()
	err = client.Exec(ctx, upstream.OpDockerExec, upstream.Command{Container: cfg.Container, User: cfg.User, Args: argv}, func(out upstream.ExecOutput) error {
		if out.Running {
			return fmt.Errorf("got a command that has not ended")
		}
		made = contracts.Execution{Argv: argv, ExitCode: out.ExitCode, Stdout: string(out.Stdout), Stderr: string(out.Stderr)}
		return nil
	})
	return made, err
}
