package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// fallbackTiers are what the lab's overlay adds to the exporter's section.
const fallbackTiers = `    age_identity_file: /etc/fallback/identity
    backup_configmap: {name: nas-token-backup, key: token}
    local_cache: {file: /etc/fallback/cache}
`

// StoreFallback puts the present token into the tiers that nothing keeps up to
// date, and returns once the exporter is told to look.
func (l *Lab) StoreFallback(ctx context.Context) error {
	if !l.Shipped() { // lanes have no such tier
		return nil
	}
	err := l.storeFallback(ctx)
	if err != nil {
		return err
	}
	return l.poke(ctx, applicationExporter)
}

func (l *Lab) storeFallback(ctx context.Context) error {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return fmt.Errorf("making the fallback's key: %w", err)
	}
	moved, err := l.token()
	if err != nil {
		return err
	}
	encrypted, err := encrypt(moved.Value, identity.Recipient())
	if err != nil {
		return fmt.Errorf("encrypting the token: %w", err)
	}
	// The cache is a file that something on the node would keep.
	err = l.store(ctx, "Secret", "fallback", map[string]string{"identity": identity.String(), "cache": encrypted})
	if err != nil {
		return err
	}
	return l.store(ctx, "ConfigMap", "nas-token-backup", map[string]string{"token": encrypted})
}

func encrypt(plain string, to age.Recipient) (string, error) {
	var text bytes.Buffer
	armored := armor.NewWriter(&text)
	encrypted, err := age.Encrypt(armored, to)
	if err != nil {
		return "", err
	}
	_, err = io.WriteString(encrypted, plain)
	err = errors.Join(err, encrypted.Close(), armored.Close())
	return text.String(), err
}
