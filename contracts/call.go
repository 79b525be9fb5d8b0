package contracts

import (
	"context"
	"fmt"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// Target is the configuration under which a call runs: that of a program with
// all of its defaults, and the address of the provider.
type Target struct {
	Vault      config.Vault
	PKI        config.PKI
	Transit    config.Transit
	Docker     config.Docker
	Kubernetes config.Kubernetes
}

// Call runs one of the programs' own clients once. Its error has a reason,
// unless the client succeeded and got something else than the contract holds.
type Call func(context.Context, Target) error

// vaultCall opens the Vault client that the programs use, with the example
// token as theirs.
func vaultCall(ctx context.Context, t Target, run func(context.Context, upstream.Vault) error) error {
	client, err := upstream.OpenNASVault(t.Vault, &upstream.Trace{})
	if err != nil {
		return err
	}
	defer client.Close()
	client.UseToken(exampleToken())
	return run(ctx, client)
}

func kubernetesCall(ctx context.Context, t Target, run func(context.Context, upstream.Kubernetes) error) error {
	client, err := upstream.OpenKubernetes(t.Kubernetes, &upstream.Trace{})
	if err != nil {
		return err
	}
	defer client.Close()
	return run(ctx, client)
}

func exampleToken() token.Token {
	example, _ := token.Parse([]byte(ExampleToken)) // a test holds that it has a token's form
	return example
}

// unless fails where a client that succeeded did not get what it was sent.
func unless(ok bool, what string) error {
	if ok {
		return nil
	}
	return fmt.Errorf("reading the reply: got another %s than was sent", what)
}

// CallHealth asks for Vault's health.
func CallHealth(ctx context.Context, t Target) error {
	return vaultCall(ctx, t, func(ctx context.Context, client upstream.Vault) error {
		state, err := client.Health(ctx)
		if err != nil {
			return err
		}
		return unless(state.Initialized && !state.Sealed && !state.Standby && state.Version == "1.21.0" && state.ClockSkew != nil, "state of Vault")
	})
}

// CallReadToken reads the token of the configured KV secret.
func CallReadToken(ctx context.Context, t Target) error {
	return vaultCall(ctx, t, func(ctx context.Context, client upstream.Vault) error {
		found, version, err := client.ReadToken(ctx, *t.Vault.KV)
		if err != nil {
			return err
		}
		return unless(found.Equal(exampleToken()) && version == 7, "token or version")
	})
}

// CallLookup asks about the client's own token.
func CallLookup(ctx context.Context, t Target) error {
	return vaultCall(ctx, t, func(ctx context.Context, client upstream.Vault) error {
		state, err := client.LookupSelf(ctx)
		if err != nil {
			return err
		}
		return unless(state.Valid && state.Root == state.Expiry.IsZero(), "state of the token")
	})
}

// CallLogin logs in with the program's ServiceAccount.
func CallLogin(ctx context.Context, t Target) error {
	return vaultCall(ctx, t, func(ctx context.Context, client upstream.Vault) error { return client.Login(ctx) })
}

// CallSign has a canary certificate signed.
func CallSign(ctx context.Context, t Target) error {
	return vaultCall(ctx, t, func(ctx context.Context, client upstream.Vault) error { return client.IssueCanary(ctx, t.PKI) })
}

// CallOpenCanary has the canary decrypted with the unseal key.
func CallOpenCanary(ctx context.Context, t Target) error {
	return vaultCall(ctx, t, func(ctx context.Context, client upstream.Vault) error { return client.OpenCanary(ctx, t.Transit) })
}

// CallExec reads the token file through the Docker API.
func CallExec(ctx context.Context, t Target) error {
	reading, err := hop.DockerExec(t.Docker)(ctx)
	if err != nil {
		return err
	}
	return unless(reading.Token.Equal(exampleToken()), "token")
}

// CallSecret reads the Secret that applications read.
func CallSecret(ctx context.Context, t Target) error {
	reading, err := hop.K8sSecret(upstream.MainCluster(t.Kubernetes))(ctx)
	if err != nil {
		return err
	}
	return unless(reading.Token.Equal(exampleToken()), "token")
}

// aged lets the example's times count as recent.
func aged(t Target) config.Kubernetes {
	k := t.Kubernetes
	broker, external := *k.Broker, *k.ExternalSecret
	broker.MaxAge, external.MaxAge = 100*365*24*time.Hour, 100*365*24*time.Hour
	k.Broker, k.ExternalSecret = &broker, &external
	return k
}

// CallBroker checks the broker's CronJob.
func CallBroker(ctx context.Context, t Target) error {
	reading, err := hop.Broker(upstream.MainCluster(aged(t)))(ctx)
	if err != nil {
		return err
	}
	return unless(!reading.Broker.LastSuccess.IsZero(), "time of success")
}

// CallExternal checks the ExternalSecret.
func CallExternal(ctx context.Context, t Target) error {
	reading, err := hop.ExternalSecret(upstream.MainCluster(aged(t)), nil, nil)(ctx)
	if err != nil {
		return err
	}
	return unless(reading.External.Ready && !reading.External.Refreshed.IsZero(), "state of the ExternalSecret")
}

// source checks the ExternalSecret and returns what its Secret is made from, nil
// where the store is not read.
func source(ctx context.Context, t Target) (*hop.Source, error) {
	main := config.Vault{Address: exampleServer, KV: &config.KV{Mount: "secret", Path: "nas/vault-token", Field: "token"}}
	reading, err := hop.ExternalSecret(upstream.MainCluster(aged(t)), nil, &main)(ctx)
	if err != nil {
		return nil, err
	}
	return reading.External.Source, nil
}

// CallStore reads which Vault the ExternalSecret's store points at.
func CallStore(ctx context.Context, t Target) error {
	found, err := source(ctx, t)
	if err != nil {
		return err
	}
	return unless(found != nil && found.Vault == flow.MainVault && found.Copy == flow.MainKV && !found.Alias, "store")
}

// CallStoreUnread is the same without the right to the store, which is no failure.
func CallStoreUnread(ctx context.Context, t Target) error {
	found, err := source(ctx, t)
	if err != nil {
		return err
	}
	return unless(found == nil, "store")
}

// conflict holds that a lost race is one.
func conflict(err error, lost bool) error {
	if upstream.IsConflict(err) != lost {
		return fmt.Errorf("judging the reply with reason %q: got conflict %t, want %t", reason.Of(err), !lost, lost)
	}
	return err
}
