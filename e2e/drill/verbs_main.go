package drill

import (
	"context"
	"encoding/base64"
	"fmt"

	"homelab.io/vault-health-exporter/e2e/lab"
)

// mainMount is the engine with the main Vault's copy of the token.
const mainMount = "secret"

// never is a schedule that does not come up.
const never = "0 0 1 1 *"

func suspend(off bool) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.SuspendBroker(ctx, off) }
}

func failBroker(ctx context.Context, l *lab.Lab) error { return l.FailBroker(ctx) }

func repairBroker(ctx context.Context, l *lab.Lab) error { return l.RepairBroker(ctx) }

func sealMain(ctx context.Context, l *lab.Lab) error {
	return l.Main().Sys().SealWithContext(ctx)
}

// unsealMain restarts the main Vault where it is sealed: it unseals itself then.
func unsealMain(ctx context.Context, l *lab.Lab) error {
	health, err := l.Main().Sys().HealthWithContext(ctx)
	if err == nil && !health.Sealed {
		return l.MainVaultIsActive(ctx)
	}
	err = l.RestartMainVault(ctx)
	if err != nil {
		return err
	}
	return l.MainVaultIsActive(ctx)
}

// deleteRole takes a program's login at the main Vault away.
func deleteRole(name string) act {
	return func(ctx context.Context, l *lab.Lab) error {
		deleted, err := l.Main().Logical().ReadWithContext(ctx, "auth/kubernetes/role/"+l.Named(name))
		if err == nil && deleted == nil {
			err = fmt.Errorf("got no such role")
		}
		if err == nil {
			_, err = l.Main().Logical().DeleteWithContext(ctx, "auth/kubernetes/role/"+l.Named(name))
		}
		if err != nil {
			return fmt.Errorf("deleting the role %q of the main Vault: %w", name, err)
		}
		return nil
	}
}

// deleteMainKV deletes the copy, and keeps the broker from writing it again at
// the next minute.
func deleteMainKV(ctx context.Context, l *lab.Lab) error {
	err := schedule(ctx, l, never)
	if err != nil {
		return err
	}
	return l.Main().KVv2(mainMount).Delete(ctx, l.MainPath())
}

func restoreMainKV(ctx context.Context, l *lab.Lab) error {
	metadata, err := l.Main().KVv2(mainMount).GetMetadata(ctx, l.MainPath())
	if err != nil {
		return err
	}
	err = l.Main().KVv2(mainMount).Undelete(ctx, l.MainPath(), []int{metadata.CurrentVersion})
	if err != nil {
		return err
	}
	return schedule(ctx, l, l.Schedule())
}

func schedule(ctx context.Context, l *lab.Lab, when string) error {
	return l.Merge(ctx, l.PathCronJob(), map[string]any{"spec": map[string]any{"schedule": when}})
}

// operators sets how many External Secrets operators run.
func operators(n int) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.Operators(ctx, n) }
}

func restartOperator(ctx context.Context, l *lab.Lab) error { return l.RestartOperator(ctx) }

func neglect(ctx context.Context, l *lab.Lab) error { return l.Neglect(ctx) }

// unattended stops External Secrets first, which would repair the Secret at once.
func unattended(then act) act {
	return func(ctx context.Context, l *lab.Lab) error {
		err := l.Neglect(ctx)
		if err != nil {
			return err
		}
		return then(ctx, l)
	}
}

func deleteSecret(ctx context.Context, l *lab.Lab) error { return l.Delete(ctx, l.PathSecret()) }

func corruptSecret(ctx context.Context, l *lab.Lab) error {
	text := base64.StdEncoding.EncodeToString([]byte("<no value>"))
	return l.Merge(ctx, l.PathSecret(), map[string]any{"data": map[string]any{"token": text, "QNAP_VAULT_TOKEN": text}})
}

func removeKey(ctx context.Context, l *lab.Lab) error {
	return l.Merge(ctx, l.PathSecret(), map[string]any{"data": map[string]any{"QNAP_VAULT_TOKEN": nil}})
}

// restoreSecret starts External Secrets, which makes the Secret good by itself.
func restoreSecret(ctx context.Context, l *lab.Lab) error {
	err := l.Attend(ctx)
	if err != nil {
		return err
	}
	return l.SyncSecret(ctx)
}

func refuseAPI(ctx context.Context, l *lab.Lab) error { return l.RefuseAPI(ctx) }

func deleteBinding(ctx context.Context, l *lab.Lab) error { return l.Delete(ctx, l.PathRoleBinding()) }

func applyManifests(ctx context.Context, l *lab.Lab) error {
	_, err := l.Apply(ctx)
	return err
}
