package main

import (
	"context"
	"fmt"
	"io"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// fallback walks the tiers in order and returns the first token that would
// work: one that the NAS Vault refuses is passed over, one that it cannot be
// asked about is served. It says on stderr what each tier did.
func fallback(ctx context.Context, f config.Flow, stderr io.Writer) (token.Token, error) {
	tiers := hop.FallbackTiers(f)
	for _, tier := range tiers {
		t, err := readTier(ctx, f, tier)
		if err == nil {
			fmt.Fprintf(stderr, "vault-health-exporter: tier %s served the token of flow %q\n", tier.Name, f.Name)
			return t, nil
		}
		fmt.Fprintf(stderr, "vault-health-exporter: tier %s did not serve: %v\n", tier.Name, err)
	}
	return token.Token{}, reason.Errorf(reason.NotFound, "walking %d fallback tiers: none served", len(tiers))
}

func readTier(ctx context.Context, f config.Flow, tier hop.Tier) (token.Token, error) {
	ctx, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	t, err := tier.Read(ctx)
	if err != nil || f.NAS.Vault == nil {
		return t, err
	}
	accepted, err := hop.Accepted(ctx, *f.NAS.Vault, t)
	if err == nil && !accepted {
		t.Destroy()
		return token.Token{}, reason.Errorf(reason.Revoked, "asking the NAS Vault about the token of tier %q", tier.Name)
	}
	return t, nil
}
