package lab

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/cmd/token-broker/rotate"
	"homelab.io/vault-health-exporter/exporter/config"
)

// Copy is what the main Vault holds.
type Copy struct {
	Token, UpdatedAt, Source string
	Version                  int
}

// MainCopy reads the main Vault's copy of the token.
func (l *Lab) MainCopy(ctx context.Context) (Copy, error) {
	secret, err := l.main.client.KVv2(kvMount).Get(ctx, l.MainPath())
	if err != nil {
		return Copy{}, fmt.Errorf("reading %q: %w", kvMount+"/"+l.MainPath(), err)
	}
	field := func(name string) string { text, _ := secret.Data[name].(string); return text }
	return Copy{Token: field("token"), UpdatedAt: field("updated_at"), Source: field("source"), Version: secret.VersionMetadata.Version}, nil
}

// Present is the token that the NAS Vault offers.
func (l *Lab) Present(ctx context.Context) (string, error) {
	secret, err := l.nas.client.KVv2(kvMount).Get(ctx, l.NASPath())
	if err != nil {
		return "", fmt.Errorf("reading %q: %w", kvMount+"/"+l.NASPath(), err)
	}
	text, _ := secret.Data["token"].(string)
	return text, nil
}

// Offer makes the NAS Vault offer something in place of its token, as a careless
// edit does; Rotate ends it.
func (l *Lab) Offer(ctx context.Context, text string) error {
	t, err := l.token()
	if err != nil {
		return err
	}
	t.Value = text
	return l.writeToken(ctx, t, "")
}

// Lookup returns an error unless the token authenticates at the NAS Vault, past
// every link that can be cut.
func (l *Lab) Lookup(ctx context.Context, text string) error {
	client, err := l.nas.client.Clone()
	if err != nil {
		return err
	}
	client.SetToken(text)
	_, err = client.Auth().Token().LookupSelfWithContext(ctx)
	return err
}

// Adopt takes the token that the NAS Vault offers for the one that Rotate
// replaces next, after somebody else has rotated it.
func (l *Lab) Adopt(ctx context.Context) error {
	text, err := l.Present(ctx)
	if err != nil {
		return err
	}
	found, err := l.nas.client.Auth().Token().LookupWithContext(ctx, text)
	if err != nil {
		return fmt.Errorf("looking up the present token: %w", err)
	}
	accessor, err := found.TokenAccessor()
	if err != nil {
		return err
	}
	return l.keepToken(token{Value: text, Accessor: accessor, Created: time.Now().UTC()})
}

// RootTokens are the accessors of the flow's root tokens that the NAS Vault accepts:
// those that the lab made for it, and those that a rotation of its secret made.
func (l *Lab) RootTokens(ctx context.Context) (roots []string, err error) {
	return l.rootTokens(ctx, func(of string) bool { return of == l.Flow() })
}

// NobodysRoots are those that are no flow's.
func (l *Lab) NobodysRoots(ctx context.Context) (roots []string, err error) {
	return l.rootTokens(ctx, func(of string) bool { return of == "" })
}

func (l *Lab) rootTokens(ctx context.Context, wanted func(of string) bool) (roots []string, err error) {
	err = l.eachToken(ctx, SideNAS, func(accessor string, found *api.Secret, metadata map[string]any) {
		policies, err := found.TokenPolicies()
		of, _ := metadata[metaFlow].(string)
		if metadata[rotate.MetaOwner] == rotate.Owner(config.KV{Mount: kvMount, Path: kvNASPath}) {
			of = shippedFlow // which its rotator made
		}
		if err == nil && slices.Contains(policies, "root") && wanted(of) {
			roots = append(roots, accessor)
		}
	})
	return roots, err
}

// Logins is how many tokens of logins with a role one of the Vaults keeps.
func (l *Lab) Logins(ctx context.Context, side, role string) (kept int, err error) {
	err = l.eachToken(ctx, side, func(_ string, _ *api.Secret, metadata map[string]any) {
		if metadata["role"] == role {
			kept++
		}
	})
	return kept, err
}

// eachToken goes through the tokens that a Vault keeps.
func (l *Lab) eachToken(ctx context.Context, side string, do func(accessor string, found *api.Secret, metadata map[string]any)) error {
	client := l.side(side).client
	listed, err := client.Logical().ListWithContext(ctx, "auth/token/accessors")
	if err != nil {
		return fmt.Errorf("listing tokens: %w", err)
	}
	accessors, _ := listed.Data["keys"].([]any)
	for _, accessor := range accessors {
		found, err := client.Auth().Token().LookupAccessorWithContext(ctx, fmt.Sprint(accessor))
		if err != nil {
			continue // it has ended since it was listed
		}
		metadata, _ := found.Data["meta"].(map[string]any)
		do(fmt.Sprint(accessor), found, metadata)
	}
	return nil
}

// RevokeOtherRoots revokes the flow's root tokens at the NAS Vault but those to keep.
func (l *Lab) RevokeOtherRoots(ctx context.Context, keep []string) error {
	roots, err := l.RootTokens(ctx)
	if err != nil {
		return err
	}
	return l.revokeBut(ctx, roots, keep)
}

// RevokeNobodysRoots revokes those that are no flow's, but those to keep.
func (l *Lab) RevokeNobodysRoots(ctx context.Context, keep []string) error {
	roots, err := l.NobodysRoots(ctx)
	if err != nil {
		return err
	}
	return l.revokeBut(ctx, roots, keep)
}

func (l *Lab) revokeBut(ctx context.Context, roots, keep []string) error {
	for _, accessor := range roots {
		if slices.Contains(keep, accessor) {
			continue
		}
		err := l.nas.client.Auth().Token().RevokeAccessorWithContext(ctx, accessor)
		if err != nil {
			return fmt.Errorf("revoking the token with accessor %q: %w", accessor, err)
		}
	}
	return nil
}
