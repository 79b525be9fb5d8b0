package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"
)

const (
	copyInterval = time.Second
	copyTimeout  = 2 * time.Second
)

// copier moves the token from the NAS Vault to the main Vault.
type copier struct {
	nas, main *api.Client
	// last is the token that the main Vault has from this copier. Writing only
	// what changed makes every version of the copy a rotation.
	last string
}

// runCopier copies each second, where the broker will once in ten minutes.
func runCopier(ctx context.Context, _ []string) int {
	nas, err := vaultClient("NAS_VAULT")
	if err != nil {
		log.Print(err)
		return 2
	}
	main, err := vaultClient("MAIN_VAULT")
	if err != nil {
		log.Print(err)
		return 2
	}
	c := copier{nas: nas, main: main}
	ticker := time.NewTicker(copyInterval)
	defer ticker.Stop()
	for {
		err = c.copy(ctx)
		if err != nil {
			log.Print(err)
		}
		select {
		case <-ctx.Done():
			return 0
		case <-ticker.C:
		}
	}
}

// copy writes only after a good read, so that a broken NAS never overwrites a
// copy that works.
func (c *copier) copy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, copyTimeout)
	defer cancel()
	secret, err := c.nas.KVv2("secret").Get(ctx, "tokens/root")
	if err != nil {
		return fmt.Errorf("reading the token from the NAS Vault: %w", err)
	}
	token, _ := secret.Data["token"].(string)
	if token == "" {
		return errors.New("reading the token from the NAS Vault: got no field \"token\"")
	}
	if token == c.last {
		return nil
	}
	written, err := c.main.KVv2("secret").Put(ctx, "nas/vault-token", map[string]any{
		"token":      token,
		"updated_at": time.Now().UTC().Format(time.RFC3339),
		"source":     "nas-vault:secret/tokens/root",
	})
	if err != nil {
		return fmt.Errorf("writing the token to the main Vault: %w", err)
	}
	c.last = token
	log.Printf("copied version %d of the token to version %d", secret.VersionMetadata.Version, written.VersionMetadata.Version)
	return nil
}

// vaultClient reads PREFIX_ADDR, PREFIX_SERVER_NAME, PREFIX_CA_FILE and
// PREFIX_TOKEN_FILE.
func vaultClient(prefix string) (*api.Client, error) {
	configuration := api.DefaultConfig()
	configuration.Address = os.Getenv(prefix + "_ADDR")
	configuration.MaxRetries = 0
	err := configuration.ConfigureTLS(&api.TLSConfig{
		CACert:        os.Getenv(prefix + "_CA_FILE"),
		TLSServerName: os.Getenv(prefix + "_SERVER_NAME"),
	})
	if err != nil {
		return nil, fmt.Errorf("configuring TLS for %q: %w", configuration.Address, err)
	}
	client, err := api.NewClient(configuration)
	if err != nil {
		return nil, fmt.Errorf("making a client for %q: %w", configuration.Address, err)
	}
	token, err := os.ReadFile(os.Getenv(prefix + "_TOKEN_FILE"))
	if err != nil {
		return nil, fmt.Errorf("reading our own token for %q: %w", configuration.Address, err)
	}
	client.SetToken(strings.TrimSpace(string(token)))
	return client, nil
}
