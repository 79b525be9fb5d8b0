package main

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"filippo.io/age"
	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/config/configtest"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// everyFile is the embedded flow with a good file behind every key that names one.
func everyFile(t *testing.T) (f config.Flow) {
	t.Helper()
	f = homelabtest.Start(t, homelab.Options{}).Flow
	f.NAS.Vault.TLS, f.Main.Vault.TLS = f.NAS.Docker.TLS, f.NAS.Docker.TLS
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	f.Fallback = &config.Fallback{AgeIdentityFile: filepath.Join(dir, "identity"), LocalCache: &config.CacheFile{File: filepath.Join(dir, "cache")}}
	for path, content := range map[string]string{f.Fallback.AgeIdentityFile: identity.String(), f.Fallback.LocalCache.File: "encrypted"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// TestNoCheckWaitsForAFile: every file is read anew by every check, and may have
// become a pipe since it was loaded. A check that waits for it hears no deadline.
func TestNoCheckWaitsForAFile(t *testing.T) {
	good := everyFile(t)
	if problems, err := unready(t.Context(), &config.Config{Flows: []config.Flow{good}}); len(problems) > 0 || err != nil {
		t.Fatalf("got %q and %v of good files, want none", problems, err)
	}
	wrong := configtest.WrongFiles(t)
	for _, key := range configtest.FileKeys(reflect.TypeFor[config.Flow]()) {
		name := strings.Join(key, ".")
		if name == "nas.docker.token_file" { // in the container
			continue
		}
		for _, w := range wrong {
			t.Run(name+"/"+w.Name, func(t *testing.T) {
				f := clone(t, good)
				switch last := key[len(key)-1]; {
				case last == "token_file": // one way to log in, or the other
					authOf(&f, key[0]).Kubernetes = nil
				case last == "jwt_file":
					authOf(&f, key[0]).TokenFile = ""
				}
				configtest.SetFile(reflect.ValueOf(&f), key, w.Path)
				problems := configtest.InTime(t, func() []string {
					problems, _ := unready(t.Context(), &config.Config{Flows: []config.Flow{f}})
					return problems
				})
				said := func(p string) bool { return strings.Contains(p, `"`+w.Path+`": `+w.Says) }
				if w.Name == "4 GiB" && name == "fallback.local_cache.file" {
					return // malformed, as everything else in it that is no token
				}
				if !slices.ContainsFunc(problems, said) {
					t.Errorf("got %q, want one that names %q and says: %s", problems, w.Path, w.Says)
				}
			})
		}
	}
}

// clone copies the flow with all its sections.
func clone(t *testing.T, f config.Flow) (copied config.Flow) {
	t.Helper()
	text, err := yaml.Marshal(f)
	if err == nil {
		err = yaml.Unmarshal(text, &copied)
	}
	if err != nil {
		t.Fatal(err)
	}
	return copied
}

func authOf(f *config.Flow, side string) *config.Auth {
	if side == "nas" {
		return f.NAS.Vault.Auth
	}
	return f.Main.Vault.Auth
}

// TestATrialThatHangsIsAProblem: one such check used to keep --config.check from
// ending and from saying what is wrong.
func TestATrialThatHangsIsAProblem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		err := trial(t.Context(), func(context.Context) error { <-open; return nil })
		if reason.Of(err) != reason.Timeout || !strings.Contains(err.Error(), "got no end within 10s, want files that can be read") {
			t.Errorf("got %v, want it to say that there is no end", err)
		}
		close(open)
	})
}

// TestASignalEndsTheTrials: also one that hangs.
func TestASignalEndsTheTrials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, signal := context.WithCancel(t.Context())
		open := make(chan struct{})
		_ = trial(ctx, func(context.Context) error { signal(); <-open; return nil })
		problems, err := unready(ctx, &config.Config{})
		if err == nil || len(problems) > 0 {
			t.Errorf("got %q and %v, want it to say that it was stopped", problems, err)
		}
		close(open)
	})
}
