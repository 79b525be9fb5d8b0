package contracts

import (
	"context"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/reason"
)

func now() string { return time.Now().UTC().Format(time.RFC3339) }

// CallWriteCopy returns the broker's write of the copy over version cas.
func CallWriteCopy(cas int) Call {
	return writeToken(cas, func() map[string]string { return map[string]string{"updated_at": now(), "source": Broker} })
}

// CallWriteToken returns the rotation's write of the token over version cas.
func CallWriteToken(cas int) Call {
	return writeToken(cas, func() map[string]string {
		return map[string]string{"created_at": now(), "rotated_from": exampleAccessor}
	})
}

func writeToken(cas int, fields func() map[string]string) Call {
	return func(ctx context.Context, t Target) error {
		return vaultCall(ctx, t, func(ctx context.Context, client upstream.Vault) error {
			err := client.WriteToken(ctx, *t.Vault.KV, exampleToken(), fields(), cas)
			return conflict(err, reason.Of(err) == reason.HTTPUnexpected)
		})
	}
}

// CallCreateToken makes a root token, as the rotation does.
func CallCreateToken(ctx context.Context, t Target) error {
	return vaultCall(ctx, t, func(ctx context.Context, client upstream.Vault) error {
		made, accessor, err := client.CreateToken(ctx, upstream.TokenRequest{Policies: []string{"root"}})
		if err != nil {
			return err
		}
		return unless(made.Equal(exampleToken()) && accessor == exampleAccessor, "token or accessor")
	})
}

// CallRevokeAccessor revokes the token that an accessor names.
func CallRevokeAccessor(ctx context.Context, t Target) error {
	return vaultCall(ctx, t, func(ctx context.Context, client upstream.Vault) error {
		return client.RevokeAccessor(ctx, exampleAccessor)
	})
}

// CallFence makes a new version of the token's secret over its first.
func CallFence(ctx context.Context, t Target) error {
	return vaultCall(ctx, t, func(ctx context.Context, client upstream.Vault) error {
		err := client.Fence(ctx, *t.Vault.KV, 1)
		return conflict(err, reason.Of(err) == reason.HTTPUnexpected)
	})
}

// CallLookupAccessor looks a token up that has ended.
func CallLookupAccessor(ctx context.Context, t Target) error {
	return vaultCall(ctx, t, func(ctx context.Context, client upstream.Vault) error {
		_, alive, err := client.LookupAccessor(ctx, exampleAccessor)
		if err != nil {
			return err
		}
		return unless(!alive, "life of a token")
	})
}

// CallFindTokens looks at every token of the Vault, of which none is anybody's.
func CallFindTokens(ctx context.Context, t Target) error {
	return vaultCall(ctx, t, func(ctx context.Context, client upstream.Vault) error {
		found, err := client.FindTokens(ctx, "owner", "nobody")
		if err != nil {
			return err
		}
		return unless(len(found) == 0, "list of tokens")
	})
}

// CallNotes returns the rotation's read of its journal, in which there is a note
// or none.
func CallNotes(noted bool) Call {
	return func(ctx context.Context, t Target) error {
		return vaultCall(ctx, t, func(ctx context.Context, client upstream.Vault) error {
			notes, err := client.CustomMetadata(ctx, *t.Vault.KV)
			if err != nil {
				return err
			}
			return unless((notes[ExampleNote] != "") == noted, "note")
		})
	}
}

// CallNote writes a note into the journal.
func CallNote(ctx context.Context, t Target) error {
	return vaultCall(ctx, t, func(ctx context.Context, client upstream.Vault) error {
		return client.SetCustomMetadata(ctx, *t.Vault.KV, ExampleNote, "a note")
	})
}

// CallMetadata reads the Secret's metadata.
func CallMetadata(ctx context.Context, t Target) error {
	return kubernetesCall(ctx, t, func(ctx context.Context, client upstream.Kubernetes) error {
		meta, err := client.GetMetadata(ctx, "api/v1", "secrets", t.Kubernetes.Secret.Name)
		if err != nil {
			return err
		}
		return unless(meta.UID == exampleUID, "uid")
	})
}

// CallAnnotate marks the Secret while the NAS Vault is unhealthy.
func CallAnnotate(ctx context.Context, t Target) error {
	return kubernetesCall(ctx, t, func(ctx context.Context, client upstream.Kubernetes) error {
		return client.Patch(ctx, "api/v1", "secrets", t.Kubernetes.Secret.Name, map[string]any{
			"metadata": map[string]any{"annotations": map[string]any{"homelab.io/nas-unhealthy": now() + " sealed"}},
		})
	})
}

// CallCreateEvent writes an Event about the CronJob.
func CallCreateEvent(ctx context.Context, t Target) error {
	written := map[string]any{}
	for key, value := range event() {
		written[key] = Example(value)
	}
	written["firstTimestamp"], written["lastTimestamp"] = now(), now()
	return kubernetesCall(ctx, t, func(ctx context.Context, client upstream.Kubernetes) error {
		err := client.Create(ctx, "api/v1", "events", written)
		return conflict(err, reason.Of(err) == reason.HTTPUnexpected)
	})
}

// CallPatchEvent counts an Event up.
func CallPatchEvent(ctx context.Context, t Target) error {
	return kubernetesCall(ctx, t, func(ctx context.Context, client upstream.Kubernetes) error {
		return client.Patch(ctx, "api/v1", "events", "nas-token-broker.tokenupdated", map[string]any{"count": 2, "lastTimestamp": now()})
	})
}
