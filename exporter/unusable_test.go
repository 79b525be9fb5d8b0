package exporter

import (
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/config/configtest"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// TestAFileThatComesLaterNeedsNoReload: a mount may be late.
func TestAFileThatComesLaterNeedsNoReload(t *testing.T) {
	_, f := startHomelab(t)
	late := filepath.Join(t.TempDir(), "late.pem")
	ca := f.NAS.Docker.TLS.CAFile
	f.NAS.Docker.TLS.CAFile = late
	r := newRunner(planned(t, f)[0], testShared(), nil)
	r.Once(t.Context())
	if got, want := r.Snapshot().Verdict, (flow.Verdict{Result: flow.Inconclusive, Hop: flow.DockerExec, Reason: reason.Config}); got != want {
		t.Errorf("got %v of a file that is missing, want %v", got, want)
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(late, pem, 0o600); err != nil {
		t.Fatal(err)
	}
	r.Once(t.Context())
	if got := r.Snapshot().Verdict; got.Result != flow.Good {
		t.Errorf("got %v once the file is there, want good", got)
	}
}

// TestEveryMistakeIsInconclusive plays every configuration that is kept as an
// example of a mistake, and every key that names a file which is none.
func TestEveryMistakeIsInconclusive(t *testing.T) {
	files, err := filepath.Glob("config/testdata/invalid-*.yaml")
	if err != nil || len(files) < 15 {
		t.Fatalf("got %d files and error %v", len(files), err)
	}
	t.Chdir("config") // they name files
	tried := 0
	for _, file := range files {
		all, err := plans(config.Load(strings.TrimPrefix(file, "config/")))
		if err != nil {
			continue // wrong as a whole
		}
		for _, p := range all {
			if p.unusable() {
				tried++
				expect(t, file, p)
			}
		}
	}
	if tried < 8 {
		t.Errorf("got %d flows with a mistake, want at least 8", tried)
	}
	_, good := startHomelab(t)
	for _, key := range configtest.FileKeys(reflect.TypeFor[config.Flow]()) {
		name := strings.Join(key, ".")
		if name == "nas.docker.token_file" || key[0] == "fallback" { // in the container; and what is beside the hops
			continue
		}
		f := good
		text, err := yaml.Marshal(f)
		if err == nil {
			f = config.Flow{}
			err = yaml.Unmarshal(text, &f)
		}
		if err != nil {
			t.Fatal(err)
		}
		configtest.SetFile(reflect.ValueOf(&f), key, "/nowhere")
		if auth := slices.Index(key, "auth"); auth > 0 && slices.Contains(key, "kubernetes") {
			map[string]*config.Vault{"nas": f.NAS.Vault, "main": f.Main.Vault}[key[0]].Auth.TokenFile = ""
		} else if auth > 0 {
			map[string]*config.Vault{"nas": f.NAS.Vault, "main": f.Main.Vault}[key[0]].Auth.Kubernetes = nil
		}
		for _, p := range planned(t, f) {
			expect(t, name, p)
		}
	}
}

// planned writes a flow into a configuration and reads it from there.
func planned(t *testing.T, f config.Flow) []plan {
	t.Helper()
	text, err := yaml.Marshal(config.Config{Flows: []config.Flow{f}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := plans(config.Load(file))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// expect fails where a slot of the plan is not inconclusive because of a
// configuration.
func expect(t *testing.T, name string, p plan) {
	t.Helper()
	r := newRunner(p, testShared(), nil)
	r.Once(t.Context())
	if got := r.Snapshot().Verdict; got.Result != flow.Inconclusive || got.Hop == "" || got.Reason != reason.Config {
		t.Errorf("%s: got %v of flow %q, want it to be inconclusive because of its configuration", name, got, p.config.Name)
	}
}

func testShared() runner.Shared {
	return New(nil, prometheus.NewRegistry(), nil, slog.New(slog.DiscardHandler)).shared
}
