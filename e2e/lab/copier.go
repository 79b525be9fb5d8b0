package lab

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/vault/api"
	"github.com/moby/moby/client"
)

// startCopier starts what stands where the broker will, and returns when the
// main Vault has the token.
func (l *Lab) startCopier(ctx context.Context) error {
	ca := l.secrets.certificates.authority.pem
	id, err := l.run(ctx, part{
		alias:   aliasCopier,
		image:   l.images[imageProgram],
		command: []string{"copier"},
		env: map[string]string{
			"NAS_VAULT_ADDR":         "https://" + linkAddress(LinkNASVaultBroker),
			"NAS_VAULT_SERVER_NAME":  aliasNASVault,
			"NAS_VAULT_CA_FILE":      "/copier/ca.pem",
			"NAS_VAULT_TOKEN_FILE":   "/copier/nas-vault.token",
			"MAIN_VAULT_ADDR":        "https://" + aliasMainVault + ":8200",
			"MAIN_VAULT_SERVER_NAME": aliasMainVault,
			"MAIN_VAULT_CA_FILE":     "/copier/ca.pem",
			"MAIN_VAULT_TOKEN_FILE":  "/copier/main-vault.token",
		},
		files: []file{
			{path: "/copier/ca.pem", data: ca, owner: nobody},
			{path: "/copier/nas-vault.token", data: []byte(l.secrets.brokerReadToken), owner: nobody},
			{path: "/copier/main-vault.token", data: []byte(l.secrets.brokerWriteToken), owner: nobody},
		},
	})
	if err != nil {
		return err
	}
	l.copier = id
	return until(ctx, "the first copy", func(ctx context.Context) error {
		_, err := l.main.client.KVv2(kvMount).Get(ctx, kvMainPath)
		if errors.Is(err, api.ErrSecretNotFound) {
			return fmt.Errorf("got nothing at %q", kvMount+"/"+kvMainPath)
		}
		return err
	})
}

// StopCopier makes the main Vault's copy stay behind.
func (l *Lab) StopCopier(ctx context.Context) error {
	_, err := l.engine.docker.ContainerStop(ctx, l.copier, client.ContainerStopOptions{})
	if err != nil {
		return fmt.Errorf("stopping the copier: %w", err)
	}
	return nil
}

// StartCopier undoes StopCopier.
func (l *Lab) StartCopier(ctx context.Context) error {
	_, err := l.engine.docker.ContainerStart(ctx, l.copier, client.ContainerStartOptions{})
	if err != nil {
		return fmt.Errorf("starting the copier: %w", err)
	}
	return nil
}
