package lab

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/vault/api"
)

// awayMount is behind the path of an engine that was moved away.
const awayMount = "-away"

// MoveEngine takes an engine of the NAS Vault from its path, with all that it
// keeps.
func (l *Lab) MoveEngine(ctx context.Context, path string) error {
	return l.remount(ctx, path, path+awayMount)
}

// ReplaceTransit puts another transit engine in the place of the NAS Vault's,
// with a key of the same name or with none.
func (l *Lab) ReplaceTransit(ctx context.Context, withKey bool) error {
	err := l.MoveEngine(ctx, "transit")
	if err != nil {
		return err
	}
	err = l.nas.client.Sys().MountWithContext(ctx, "transit", &api.MountInput{Type: "transit"})
	if err == nil && withKey {
		_, err = l.nas.client.Logical().WriteWithContext(ctx, "transit/keys/"+sealKey, nil)
	}
	if err != nil {
		return fmt.Errorf("making another transit engine: %w", err)
	}
	return nil
}

// ReturnEngine undoes MoveEngine and ReplaceTransit.
func (l *Lab) ReturnEngine(ctx context.Context, path string) error {
	mounts, err := l.nas.client.Sys().ListMountsWithContext(ctx)
	if err != nil {
		return fmt.Errorf("listing the NAS Vault's engines: %w", err)
	}
	if mounts[path+awayMount+"/"] == nil {
		return nil
	}
	if mounts[path+"/"] != nil {
		err = l.nas.client.Sys().UnmountWithContext(ctx, path)
		if err != nil {
			return fmt.Errorf("removing the engine that is at %q in place of its own: %w", path, err)
		}
	}
	return l.remount(ctx, path+awayMount, path)
}

// remount moves an engine and returns when it is there: Vault does so in the
// background, also for somebody else who was interrupted.
func (l *Lab) remount(ctx context.Context, from, to string) error {
	return until(ctx, fmt.Sprintf("engine %q to be at %q", from, to), func(ctx context.Context) error {
		mounts, err := l.nas.client.Sys().ListMountsWithContext(ctx)
		switch {
		case err != nil:
			return err
		case mounts[to+"/"] != nil && mounts[from+"/"] == nil:
			return nil
		}
		return l.nas.client.Sys().RemountWithContext(ctx, from, to)
	})
}

// Narrow takes a path out of the exporter's policy at the NAS Vault, by another
// name for it; SetUpVault writes the policy anew.
func (l *Lab) Narrow(ctx context.Context, path string) error {
	rules, err := l.nas.client.Sys().GetPolicyWithContext(ctx, l.own(applicationExporter))
	if err != nil {
		return fmt.Errorf("reading policy %q: %w", l.own(applicationExporter), err)
	}
	if !strings.Contains(rules, `"`+path+`"`) {
		return fmt.Errorf("narrowing policy %q: got no path %q in it", l.own(applicationExporter), path)
	}
	return l.nas.allow(ctx, l.own(applicationExporter), strings.ReplaceAll(rules, `"`+path+`"`, `"`+path+`-none"`))
}
