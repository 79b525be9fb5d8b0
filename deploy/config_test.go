package deploy

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	core "k8s.io/api/core/v1"

	"homelab.io/vault-health-exporter/cmd/token-broker/settings"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/features"
)

// prerequisites are the objects that a user makes, with their keys; README.md
// says how.
var prerequisites = map[string][]string{
	"ConfigMap/vault-ca":           {"main.pem", "nas.pem"},
	"ConfigMap/nas-transit-canary": {"canary"}, // by setup.sh
	"Secret/nas-docker-tls":        {"ca.pem", "cert.pem", "key.pem"},
	// Of the component discovery, and optional.
	"Secret/vault-health-exporter-flow-files": {},
}

// mount writes the files that a container sees into a folder.
func mount(t *testing.T, objects []object, pod core.PodSpec, c core.Container) (root string) {
	t.Helper()
	root = t.TempDir()
	write := func(path, text string) {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	volumes := map[string]core.Volume{}
	for _, v := range pod.Volumes {
		volumes[v.Name] = v
	}
	for _, m := range c.VolumeMounts {
		v := volumes[m.Name]
		write(m.MountPath+"/.keep", "")
		name := ""
		switch {
		case v.ConfigMap != nil:
			name = "ConfigMap/" + v.ConfigMap.Name
		case v.Secret != nil:
			name = "Secret/" + v.Secret.SecretName
		case v.Projected != nil:
			write(filepath.Join(m.MountPath, v.Projected.Sources[0].ServiceAccountToken.Path), "")
		}
		for _, key := range prerequisites[name] {
			write(filepath.Join(m.MountPath, key), "")
		}
		if name == "" || prerequisites[name] != nil {
			continue
		}
		data, _ := find(t, objects, name)["data"].(map[string]any)
		for key, value := range data {
			write(filepath.Join(m.MountPath, key), fmt.Sprint(value))
		}
	}
	return root
}

// inContainer matches the paths of a configuration that are the container's.
var inContainer = regexp.MustCompile(`/(etc|var|backup)\b`)

// prepare makes the configuration that a container is started with loadable
// here, and returns its path.
func prepare(t *testing.T, root string, c core.Container) string {
	t.Helper()
	path := ""
	for _, arg := range c.Args {
		if after, ok := strings.CutPrefix(arg, "--config.file="); ok {
			path = filepath.Join(root, after)
		}
	}
	files := []string{path}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		if files, err = filepath.Glob(path + "/*.yaml"); err != nil || len(files) == 0 {
			t.Fatalf("got %d files in %s and %v", len(files), path, err)
		}
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text = inContainer.ReplaceAll(text, []byte(root+"$0"))
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// Each program loads the configuration that it is started with, and finds every
// file that it names.
func TestConfigurationsLoad(t *testing.T) {
	eachCombination(t, func(t *testing.T, objects []object) {
		for _, w := range workloads(t, objects) {
			c := w.pod.Spec.Containers[0]
			if !strings.HasPrefix(c.Command[0], "/bin/") || len(c.Args) < 2 {
				continue
			}
			root := mount(t, objects, w.pod.Spec, c)
			path := prepare(t, root, c)
			var err error
			switch c.Command[0] {
			case "/bin/vault-health-exporter":
				_, err = config.Load(path)
			case "/bin/token-broker":
				var s *settings.Settings
				s, err = settings.Load(t.Context(), path, settings.Command(c.Args[0]))
				if err == nil && s.FeaturesDir != "" {
					_, err = features.Load(s.FeaturesDir)
				}
			default:
				t.Errorf("%s: got the program %q", w.name, c.Command[0])
			}
			if err != nil {
				t.Errorf("%s: %v", w.name, err)
			}
		}
	})
}

// With the agent only the way to the NAS Vault changes.
func TestAgentChangesTheWayOnly(t *testing.T) {
	for _, file := range []struct{ base, agent string }{
		{"base/exporter/vault-health-exporter.yaml", "components/vault-agent/vault-health-exporter.yaml"},
		{"base/broker/token-broker.yaml", "components/vault-agent/token-broker.yaml"},
	} {
		base, agent := lines(t, file.base), lines(t, file.agent)
		direct := regexp.MustCompile(`(?m)^( +)address: https://192.168.1.42:61200\n.*ca_file.*\n +auth:\n.*role.*\n`)
		want := direct.ReplaceAllString(base, "${1}address: http://vault-agent-nas-proxy:8200\n")
		if diff := cmp.Diff(want, agent); diff != "" {
			t.Errorf("%s and %s differ (-want +got):\n%s", file.base, file.agent, diff)
		}
	}
}

// lines returns a file without its comments.
func lines(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?m)^ *#.*\n`).ReplaceAllString(string(text), "")
}

// Whoever works through the agent has no login at the NAS Vault left.
func TestNoLoginBesideTheAgent(t *testing.T) {
	for _, w := range workloads(t, build(t, whole, "vault-agent")) {
		for _, v := range w.pod.Spec.Volumes {
			if v.Name == "nas-login" && (w.name == "Deployment/vault-health-exporter" || w.name == "CronJob/nas-token-broker") {
				t.Errorf("%s: got the volume %q", w.name, v.Name)
			}
		}
	}
}
