package drill

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/e2e/lab"
	"homelab.io/vault-health-exporter/exporter/journal"
)

// The NAS Vault's secret, and what limits its reads.
const (
	nasMount = "secret"
	quotas   = "sys/quotas/rate-limit/"
)

func dockerServer(expired bool) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.SwapDockerServerCert(ctx, expired) }
}

func dockerClient(expired bool) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.SwapDockerClientCert(ctx, expired) }
}

func distrust(others bool) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.DistrustClients(ctx, others) }
}

func stop(m lab.Machine) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.Stop(ctx, m) }
}

func pause(m lab.Machine) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.Pause(ctx, m) }
}

func hide(m lab.Machine) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.Hide(ctx, m) }
}

func revive(m lab.Machine) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.Revive(ctx, m) }
}

func inContainer(script string) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.InNASContainer(ctx, "set -e; "+script) }
}

func write(content string) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.WriteTokenFile(ctx, []byte(content)) }
}

func restoreFile(ctx context.Context, l *lab.Lab) error {
	err := l.InNASContainer(ctx, `rm -f "$F.new"`)
	if err != nil {
		return err
	}
	return l.RestoreTokenFile(ctx)
}

// unblockFile also ends the readers that still wait for a writer.
func unblockFile(ctx context.Context, l *lab.Lab) error {
	err := l.InNASContainer(ctx, `rm -f "$F"; killall -q -9 cat; true`)
	if err != nil {
		return err
	}
	return restoreFile(ctx, l)
}

func rotate(options lab.RotateOptions) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.Rotate(ctx, options) }
}

func mendToken(ctx context.Context, l *lab.Lab) error { return l.MendToken(ctx) }

func revokeToken(ctx context.Context, l *lab.Lab) error { return l.RevokeToken(ctx) }

func sealNAS(ctx context.Context, l *lab.Lab) error { return l.SealNAS(ctx) }

func unsealNAS(ctx context.Context, l *lab.Lab) error { return l.UnsealNAS(ctx) }

// reviveNASVault waits too: a Vault that was frozen gives its leadership up and
// takes it again.
func reviveNASVault(ctx context.Context, l *lab.Lab) error {
	err := l.Revive(ctx, lab.MachineNASVault)
	if err != nil {
		return err
	}
	return l.NASVaultIsActive(ctx)
}

func swapNAS(which lab.OtherVault) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.SwapNASVault(ctx, which) }
}

func removeOther(ctx context.Context, l *lab.Lab) error { return l.RemoveOtherVault(ctx) }

// limitReads allows one read of the secret an hour, which it makes.
func limitReads(ctx context.Context, l *lab.Lab) error {
	_, err := l.NAS().Logical().WriteWithContext(ctx, quotas+l.Named("drill"), map[string]any{"path": nasMount + "/data/" + l.NASPath(), "rate": 1, "interval": "1h"})
	if err != nil {
		return fmt.Errorf("limiting the reads of %q: %w", l.NASPath(), err)
	}
	return nil
}

func unlimitReads(ctx context.Context, l *lab.Lab) error {
	_, err := l.NAS().Logical().DeleteWithContext(ctx, quotas+l.Named("drill"))
	return err
}

func deleteKV(ctx context.Context, l *lab.Lab) error {
	return l.NAS().KVv2(nasMount).Delete(ctx, l.NASPath())
}

func destroyKV(ctx context.Context, l *lab.Lab) error {
	read, err := l.NAS().KVv2(nasMount).Get(ctx, l.NASPath())
	if err != nil {
		return err
	}
	return l.NAS().KVv2(nasMount).Destroy(ctx, l.NASPath(), []int{read.VersionMetadata.Version})
}

func withoutKey(ctx context.Context, l *lab.Lab) error {
	_, err := l.NAS().KVv2(nasMount).Put(ctx, l.NASPath(), map[string]any{"created_at": time.Now().UTC().Format(time.RFC3339)})
	return err
}

func offerAgain(ctx context.Context, l *lab.Lab) error { return l.OfferAgain(ctx) }

// openRotation notes a rotation that began two hours ago beside the secret.
func openRotation(ctx context.Context, l *lab.Lab) error {
	entry := journal.New("", time.Now().Add(-2*time.Hour))
	return note(ctx, l, func(notes map[string]any) { notes[entry.Key()] = entry.Value() })
}

// closeRotation removes every note of a rotation.
func closeRotation(ctx context.Context, l *lab.Lab) error {
	return note(ctx, l, func(notes map[string]any) {
		maps.DeleteFunc(notes, func(key string, _ any) bool { return journal.IsKey(key) })
	})
}

func note(ctx context.Context, l *lab.Lab, change func(map[string]any)) error {
	kv := l.NAS().KVv2(nasMount)
	metadata, err := kv.GetMetadata(ctx, l.NASPath())
	if err != nil {
		return err
	}
	notes := maps.Clone(metadata.CustomMetadata)
	if notes == nil {
		notes = map[string]any{}
	}
	change(notes)
	return kv.PutMetadata(ctx, l.NASPath(), api.KVMetadataPutInput{CustomMetadata: notes})
}

func setUp(side string) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.SetUpVault(ctx, side) }
}

// setUpShipped makes what of the set-up is everybody's.
func setUpShipped(side string) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.Lane(0).SetUpVault(ctx, side) }
}

func narrow(path string) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.Narrow(ctx, path) }
}

func deletePKIRole(ctx context.Context, l *lab.Lab) error {
	_, err := l.NAS().Logical().DeleteWithContext(ctx, "pki/roles/canary")
	return err
}

func moveEngine(path string) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.MoveEngine(ctx, path) }
}

func returnEngine(path string) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.ReturnEngine(ctx, path) }
}

func replaceTransit(withKey bool) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.ReplaceTransit(ctx, withKey) }
}
