package drill

import (
	"context"
	"time"

	"homelab.io/vault-health-exporter/e2e/lab"
)

// What scenarios do that is no fault of the catalogue: the flow cannot be good
// again without what a person does then, or it comes on top of another fault.
var (
	// CopyPolluted is that a line of a log stands before the token in the main
	// Vault's copy.
	CopyPolluted = Verb{polluteCopy, copyAgain}
	// NASLost is that the NAS Vault is gone with all that it stored. It is undone out
	// of the newest backup.
	NASLost = Verb{loseNAS, restoreNAS}
	// MainRestarted is that the main Vault was restarted; it has to unseal itself.
	MainRestarted = Verb{restartMain, mainAwake}
	// SecretGone is that the Secret was deleted while nothing can make it again.
	SecretGone = Verb{deleteSecret, syncSecret}
)

// awakeBound is how long a Vault may take to unseal itself, and to lead.
const awakeBound = time.Minute

// Garbage is that the NAS Vault offers some text in place of its token, as after a
// careless edit.
func Garbage(text string) Verb {
	return Verb{func(ctx context.Context, l *lab.Lab) error { return l.Offer(ctx, text) }, both(offerAgain, settle)}
}

func settle(ctx context.Context, l *lab.Lab) error { return l.Settle(ctx) }

func polluteCopy(ctx context.Context, l *lab.Lab) error {
	kept, err := l.MainCopy(ctx)
	if err != nil {
		return err
	}
	_, err = l.Main().KVv2(mainMount).Put(ctx, l.MainPath(), map[string]any{"token": "fetching the token\n" + kept.Token})
	return err
}

func copyAgain(ctx context.Context, l *lab.Lab) error {
	err := l.RunBroker(ctx)
	if err != nil {
		return err
	}
	return l.SyncSecret(ctx)
}

func loseNAS(ctx context.Context, l *lab.Lab) error { return l.DestroyNASVault(ctx) }

func restoreNAS(ctx context.Context, l *lab.Lab) error {
	err := l.RestoreNASVault(ctx)
	if err != nil {
		return err
	}
	return l.RunBroker(ctx)
}

func restartMain(ctx context.Context, l *lab.Lab) error { return l.RestartMainVault(ctx) }

func mainAwake(ctx context.Context, l *lab.Lab) error {
	ctx, cancel := context.WithTimeout(ctx, Slack*awakeBound)
	defer cancel()
	return l.MainVaultIsActive(ctx)
}

func syncSecret(ctx context.Context, l *lab.Lab) error { return l.SyncSecret(ctx) }
