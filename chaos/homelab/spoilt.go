package homelab

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/chaos"
)

// oversize is more than any token has.
var oversize = strings.Repeat("x", 5000)

// What stands in the place of a token.
func instead(value func(h *Homelab) string) func(*Homelab, map[string]any) {
	return func(h *Homelab, data map[string]any) { data[tokenKey] = value(h) }
}

func twoTokens(h *Homelab) string { return h.current + "\n" + h.previous }

// spoilt are what faults make of the data of a Vault's secret, whoever writes it.
var spoilt = []struct {
	fault, vault string
	change       func(*Homelab, map[string]any)
}{
	{chaos.KVEmpty, NAS, instead(func(*Homelab) string { return "" })},
	{chaos.KVMalformed, NAS, instead(func(*Homelab) string { return garbage })},
	{chaos.KVTwoLines, NAS, instead(twoTokens)},
	{chaos.KVOversize, NAS, instead(func(*Homelab) string { return oversize })},
	{chaos.MainKVEmpty, Main, instead(func(*Homelab) string { return "" })},
	{chaos.MainKVMalformed, Main, instead(func(*Homelab) string { return garbage })},
	{chaos.MainKVTwoLines, Main, instead(twoTokens)},
	{chaos.MainKVPadded, Main, func(_ *Homelab, data map[string]any) { data[tokenKey] = fmt.Sprintln(data[tokenKey]) }},
	{chaos.MainKVOversize, Main, instead(func(*Homelab) string { return oversize })},
	{chaos.MainKVKeyMissing, Main, func(_ *Homelab, data map[string]any) { delete(data, tokenKey) }},
}

// absent are the faults that take the secret away.
var absent = map[string]string{chaos.KVMissing: NAS, chaos.MainKVMissing: Main}

// unmounted are the faults that take an engine away: the Vault, and how the
// requests to it begin.
var unmounted = map[string][2]string{
	chaos.KVMountMissing: {NAS, "secret/"}, chaos.MainKVMountMissing: {Main, "secret/"},
	chaos.PKIUnmounted: {NAS, "pki/"}, chaos.TransitUnmounted: {NAS, "transit/"},
}

// flattened are the faults that make the engine one of KV version 1.
var flattened = map[string]string{chaos.KVFlat: NAS, chaos.MainKVFlat: Main}

// at reports whether one of the faults is there, and at this Vault.
func (v *vaultNode) at(faults map[string]string) bool {
	for fault, vault := range faults {
		if v.name == vault && v.lab.active[fault] {
			return true
		}
	}
	return false
}

// gone reports whether the engine for the path is not mounted.
func (v *vaultNode) gone(path string) bool {
	for fault, engine := range unmounted {
		if v.lab.active[fault] && v.name == engine[0] && strings.HasPrefix(path, engine[1]) {
			return true
		}
	}
	return false
}

// shown is the version of the flow's secret as the Vault shows it.
func (v *vaultNode) shown(version *kvVersion) *kvVersion {
	if version == nil || v.at(absent) {
		return nil
	}
	made := *version
	if v.name == Main && v.lab.active[chaos.MainKVDestroyed] {
		made.destroyed = true
	}
	for _, s := range spoilt {
		if v.lab.active[s.fault] && v.name == s.vault {
			made.data = maps.Clone(version.data)
			s.change(v.lab, made.data)
		}
	}
	return &made
}

// flat is what an engine of KV version 1 says where a client of version 2 asks.
func flat(data map[string]any) reply {
	return envelope{LeaseDuration: int(maxTTL.Seconds()), Data: map[string]any{"data": data}, MountType: "kv"}.reply(http.StatusOK)
}

// skew is how far a Vault's clock is ahead.
func (v *vaultNode) skew() time.Duration {
	if v.name == NAS && v.lab.active[chaos.NASClockSkew] {
		return 10 * time.Minute
	}
	return 0
}

// version is what a Vault calls its release.
func (v *vaultNode) version() string {
	if v.name == NAS && v.lab.active[chaos.NASOldVersion] {
		return "1.20.4"
	}
	return vaultVersion
}

// turned says how a Vault that knows the token refuses it by a fault.
func (v *vaultNode) turned(given string) (refusal string) {
	active, applications := v.lab.active, given == v.lab.current || given == v.lab.previous
	switch {
	case v.name != NAS:
	case active[chaos.NASCredentials] && given == v.lab.auth.nasToken:
		return "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"
	case active[chaos.TokenPolicy] && applications:
		return "1 error occurred:\n\t* permission denied\n\n"
	case active[chaos.TokenElsewhere] && applications:
		return "permission denied"
	}
	return ""
}

// manyUses are more than a check can use up.
const manyUses = 1 << 20

// settleUses gives the applications' token a number of uses, or none.
func (h *Homelab) settleUses() {
	uses := 0
	if h.active[chaos.TokenLimited] {
		uses = manyUses
	}
	for _, id := range []string{h.current, h.previous} {
		if entry := h.nas.tokens.lookup(id); entry != nil && (entry.uses == 0) != (uses == 0) {
			entry.uses = uses
		}
	}
}
