package hop_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// example is the documented example token; nothing accepts it.
const example = "hvs.EXAMPLE0example0EXAMPLE0"

func encrypt(t *testing.T, plain string, to age.Recipient, armored bool) string {
	t.Helper()
	var out bytes.Buffer
	var sink io.WriteCloser = struct {
		io.Writer
		io.Closer
	}{&out, io.NopCloser(nil)}
	if armored {
		sink = armor.NewWriter(&out)
	}
	w, err := age.Encrypt(sink, to)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(w, plain)
	if err := errors.Join(err, w.Close(), sink.Close()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestLocalCache(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	keys, cache := filepath.Join(dir, "identity"), filepath.Join(dir, "cache.age")
	if err := os.WriteFile(keys, []byte(identity.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := encrypt(t, example+"\n", identity.Recipient(), false)
	for _, tc := range []struct {
		name, content, keys string
		want                reason.Reason
	}{
		{"binary", good, keys, ""},
		{"armored", encrypt(t, example, identity.Recipient(), true), keys, ""},
		{"in clear", example, keys, reason.Malformed},
		{"for somebody else", encrypt(t, example, stranger.Recipient(), false), keys, reason.Malformed},
		{"cut off", good[:len(good)-5], keys, reason.Malformed},
		{"no token inside", encrypt(t, "hello", identity.Recipient(), false), keys, reason.Malformed},
		{"too much inside", encrypt(t, "hvs."+strings.Repeat("a", 9000), identity.Recipient(), false), keys, reason.Oversize},
		{"nothing inside", encrypt(t, "", identity.Recipient(), false), keys, reason.Empty},
		{"no identity", good, cache, reason.Config},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := os.WriteFile(cache, []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			tiers := hop.FallbackTiers(config.Flow{Fallback: &config.Fallback{
				AgeIdentityFile: tc.keys, LocalCache: &config.CacheFile{File: cache},
			}})
			if len(tiers) != 1 || tiers[0].Name != hop.TierLocalCache {
				t.Fatalf("got tiers %v", tiers)
			}
			got, err := tiers[0].Read(t.Context())
			if reason.Of(err) != tc.want || (err == nil) != (got.Reveal() == example) {
				t.Errorf("got %v, want reason %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "EXAMPLE0") {
				t.Error("got the token in the error")
			}
		})
	}
}

// TestTiersAreJudgedByTheNAS uses the embedded homelab: the Secret's token is
// accepted, and after the NAS is gone it can no longer be said.
func TestTiersAreJudgedByTheNAS(t *testing.T) {
	home := homelabtest.Start(t, homelab.Options{})
	f := home.Flow
	f.Fallback = &config.Fallback{
		CachedSecret:   &config.ObjectKey{Name: "nas-vault-token", Key: "token"},
		EmergencyToken: &config.ObjectKey{Name: "nas-vault-token", Key: "absent"},
	}
	look := func(tier string) (known, usable bool) {
		t.Helper()
		for _, o := range hop.Observers(f) {
			if o.Tier != tier {
				continue
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			seen, _ := o.Look(ctx)
			if seen.Usable == nil {
				return false, false
			}
			return true, *seen.Usable
		}
		t.Fatalf("got no tier %q", tier)
		return false, false
	}
	if known, usable := look(hop.TierCachedSecret); !known || !usable {
		t.Errorf("cached Secret: got known %t usable %t, want both", known, usable)
	}
	if known, usable := look(hop.TierEmergencyToken); !known || usable {
		t.Errorf("emergency token without its key: got known %t usable %t, want known and not usable", known, usable)
	}
	if err := home.Break("nas-down"); err != nil {
		t.Fatal(err)
	}
	if known, _ := look(hop.TierCachedSecret); known {
		t.Error("cached Secret while the NAS is gone: got a judgement, want none")
	}
	if err := home.Heal("nas-down"); err != nil {
		t.Fatal(err)
	}
	if err := home.Break("revoke"); err != nil {
		t.Fatal(err)
	}
	if known, usable := look(hop.TierCachedSecret); !known || usable {
		t.Errorf("revoked: got known %t usable %t, want known and not usable", known, usable)
	}
}

// TestOwnFaultSaysNothingOfATier: an identity that the exporter cannot read made
// every encrypted tier unusable.
func TestOwnFaultSaysNothingOfATier(t *testing.T) {
	dir := t.TempDir()
	cache := filepath.Join(dir, "cache.age")
	if err := os.WriteFile(cache, []byte("anything"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := config.Flow{Fallback: &config.Fallback{AgeIdentityFile: filepath.Join(dir, "nowhere"), LocalCache: &config.CacheFile{File: cache}}}
	for _, o := range hop.Observers(f) {
		seen, err := o.Look(t.Context())
		if reason.Of(err) != reason.Config || seen.Usable != nil {
			t.Errorf("%s: got %v and %v, want config and nothing known", o.Tier, err, seen.Usable)
		}
	}
}
