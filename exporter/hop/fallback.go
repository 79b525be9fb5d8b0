package hop

import (
	"bytes"
	"context"
	"errors"
	"io"

	"filippo.io/age"
	"filippo.io/age/armor"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/localfile"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// The fallback tiers, in the order in which they are tried.
const (
	TierCachedSecret    = "cached_secret"
	TierBackupConfigMap = "backup_configmap"
	TierLocalCache      = "local_cache"
	TierEmergencyToken  = "emergency_token"
)

// Tiers returns the names of all tiers in order.
func Tiers() []string {
	return []string{TierCachedSecret, TierBackupConfigMap, TierLocalCache, TierEmergencyToken}
}

// Tier is one place that could serve the token when the flow cannot.
type Tier struct {
	Name string
	// Read returns the token that the tier holds.
	Read func(context.Context) (token.Token, error)
}

// FallbackTiers returns the configured tiers in order.
func FallbackTiers(f config.Flow) []Tier {
	fallback, k8s := f.Fallback, f.Main.Kubernetes
	if fallback == nil {
		return nil
	}
	var tiers []Tier
	add := func(configured bool, name string, read func(context.Context) (token.Token, error)) {
		if configured {
			tiers = append(tiers, Tier{Name: name, Read: read})
		}
	}
	add(fallback.CachedSecret != nil, TierCachedSecret, func(ctx context.Context) (token.Token, error) {
		return secretTier(ctx, *k8s, *fallback.CachedSecret)
	})
	add(fallback.BackupConfigMap != nil, TierBackupConfigMap, func(ctx context.Context) (token.Token, error) {
		text, err := configMapKey(ctx, *k8s, fallback.BackupConfigMap.Name, fallback.BackupConfigMap.Key)
		if err != nil {
			return token.Token{}, err
		}
		return decrypt([]byte(text), fallback.AgeIdentityFile)
	})
	add(fallback.LocalCache != nil, TierLocalCache, func(context.Context) (token.Token, error) {
		content, err := localfile.Read(fallback.LocalCache.File, maxEncryptedBytes)
		var refused *localfile.Refused
		switch {
		case errors.As(err, &refused) && refused.TooLarge:
			return token.Token{}, reason.Errorf(reason.Malformed, "reading the local cache %q: %v", fallback.LocalCache.File, refused)
		case errors.As(err, &refused): // the configuration's mistake, which says nothing of the tier
			return token.Token{}, reason.Errorf(reason.Config, "reading the local cache %q: %v", fallback.LocalCache.File, refused)
		case err != nil:
			return token.Token{}, reason.Errorf(reason.NotFound, "reading the local cache's file")
		}
		return decrypt(content, fallback.AgeIdentityFile)
	})
	add(fallback.EmergencyToken != nil, TierEmergencyToken, func(ctx context.Context) (token.Token, error) {
		return secretTier(ctx, *k8s, *fallback.EmergencyToken)
	})
	return tiers
}

func secretTier(ctx context.Context, cfg config.Kubernetes, key config.ObjectKey) (token.Token, error) {
	cfg.Secret = &config.Secret{Name: key.Name, Keys: []string{key.Key}}
	reading, err := K8sSecret(upstream.MainCluster(cfg))(ctx)
	if reason.Of(err) == reason.Padded {
		err = nil // whoever falls back to a tier is given the token alone
	}
	return reading.Token, err
}

// maxEncryptedBytes caps an encrypted token, in bytes: age's own overhead is a few
// hundred, and a third more in armor.
const maxEncryptedBytes = 4 * token.MaxBytes

// decrypt opens a token that is encrypted with age, armored or not: outside of
// a Secret a token is never kept in clear.
func decrypt(encrypted []byte, identityFile string) (token.Token, error) {
	keys, err := localfile.Read(identityFile, localfile.MaxBytes)
	if err != nil {
		return token.Token{}, reason.Errorf(reason.Config, "reading the age identity %q: %s", identityFile, localfile.Cause(err))
	}
	defer clear(keys)
	identities, err := age.ParseIdentities(bytes.NewReader(keys))
	if err != nil {
		return token.Token{}, reason.Errorf(reason.Config, "reading the age identity %q: got no identity", identityFile)
	}
	var source io.Reader = bytes.NewReader(encrypted[:min(len(encrypted), maxEncryptedBytes)])
	if bytes.HasPrefix(encrypted, []byte(armor.Header)) {
		source = armor.NewReader(source)
	}
	plain, err := age.Decrypt(source, identities...)
	if err != nil {
		return token.Token{}, reason.Errorf(reason.Malformed, "decrypting the token: it is not encrypted for this identity")
	}
	raw, err := io.ReadAll(io.LimitReader(plain, token.MaxBytes+1))
	if err != nil {
		return token.Token{}, reason.Errorf(reason.Malformed, "decrypting the token: it was cut off or changed")
	}
	return token.Parse(raw)
}

// Fallback looks whether a tier would serve a working token now. A tier that
// cannot be read, or whose token the NAS Vault refuses, would not. Where it is
// the exporter that may not or cannot look, nothing is known of the tier.
func Fallback(tier Tier, nas *config.Vault) func(context.Context) (Observation, error) {
	return func(ctx context.Context) (o Observation, err error) {
		unusable := false
		o.Token, err = tier.Read(ctx)
		if err != nil {
			if !reason.Of(err).Own() {
				o.Usable = &unusable
			}
			return o, err
		}
		if nas == nil {
			return o, nil
		}
		accepted, err := Accepted(ctx, *nas, o.Token)
		if err == nil {
			o.Usable = &accepted
		}
		return o, nil
	}
}

// Accepted asks the NAS Vault whether it accepts t. An error means that it
// could not be asked.
func Accepted(ctx context.Context, nas config.Vault, t token.Token) (bool, error) {
	var trace upstream.Trace
	state, err := lookup(ctx, upstream.NASVault(nas), t, &trace)
	if state != nil {
		return state.Valid, nil
	}
	return false, err
}
