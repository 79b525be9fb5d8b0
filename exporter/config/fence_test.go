package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/config/configtest"
)

// lending makes a folder of what is lent to flows, and links that lead out of it.
func lending(t *testing.T) (dir string) {
	t.Helper()
	base := t.TempDir()
	dir = filepath.Join(base, "lent")
	for _, folder := range []string{dir + "/team-a", dir + "/team-b", dir + "/..1/team-a", base + "/elsewhere"} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{dir + "/all", dir + "/team-a/own", dir + "/team-b/own", dir + "/..1/mounted", base + "/elsewhere/secret", base + "/lent-too"} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"/out": base + "/elsewhere/secret", "/team-a/out": "../../elsewhere/secret", "/beside": base + "/lent-too",
		"/folder": base + "/elsewhere", "/team-a/folder": base + "/elsewhere", "/..data": "..1", "/mounted": "..data/mounted", "/dangling": base + "/nowhere",
	} {
		if err := os.Symlink(target, dir+link); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestAConfigMapNamesNoFileThatIsNotLent: whoever may write one could have the pod's
// files sent to a server of their own. The keys are those of the type, so that one
// that is new is looked at too.
func TestAConfigMapNamesNoFileThatIsNotLent(t *testing.T) {
	dir := lending(t)
	keys := append(configtest.FileKeys(reflect.TypeFor[config.Config]()), []string{"flows", "features_dir"}, []string{"flows", "nas", "docker", "host"})
	tried := 0
	for _, key := range keys {
		name := strings.Replace(strings.Join(key, "."), "flows.", "flows[0].", 1)
		if key[0] != "flows" || name == "flows[0].nas.docker.token_file" { // in the container
			continue
		}
		tried++
		for path, want := range map[string]string{
			dir + "/all": "", dir + "/team-a/own": "", dir + "/mounted": "", dir + "/late": "", dir + "/team-a/late": "", dir: "elsewhere",
			"/etc/passwd": "elsewhere", "/var/run/secrets/kubernetes.io/serviceaccount/token": "elsewhere", "relative": "elsewhere",
			dir + "-too": "elsewhere", dir + "/../elsewhere/secret": "elsewhere", dir + "/team-a/../team-b/own": "elsewhere", dir + "//all": "elsewhere",
			dir + "/team-b/own": "not this flow's", dir + "/..data/mounted": "not this flow's", dir + "/..1/team-a": "not this flow's", dir + "/folder/secret": "not this flow's",
			"~/all": "elsewhere", "$HOME/all": "elsewhere", dir + "/$HOME/all": "not this flow's", dir + "/team-a/./own": "elsewhere",
			dir + "/dangling": "a link that leads out", dir + "/team-a/folder/late": "a link that leads out", dir + "/team-a/folder/late/x": "a link that leads out",
			dir + "/out": "a link that leads out", dir + "/team-a/out": "a link that leads out", dir + "/beside": "a link that leads out",
		} {
			set := path
			if key[len(key)-1] == "host" {
				set = "unix://" + path
			}
			var cfg config.Config
			configtest.SetFile(reflect.ValueOf(&cfg).Elem(), key, set)
			text, err := yaml.Marshal(cfg)
			if err != nil {
				t.Fatal(err)
			}
			_, problems := said(config.Discovery{FilesDir: dir}, string(text))
			at := slices.IndexFunc(problems, func(p string) bool {
				return strings.Contains(p, name+": got a ") && strings.Contains(p, "discovery.files_dir")
			})
			if want == "" && at >= 0 || want != "" && (at < 0 || !strings.Contains(problems[at], want)) {
				t.Errorf("%s: %s: got %q, want %q", name, path, problems, want)
			}
			_, problems = said(config.Discovery{}, string(text))
			if !strings.Contains(strings.Join(problems, "\n"), name+": got a file, want none") {
				t.Errorf("%s: %s: got %q without files_dir, want it refused", name, path, problems)
			}
		}
	}
	if tried < 19 {
		t.Errorf("tried %d keys, want at least 19", tried)
	}
}

// TestASocketIsLentByWhateverItIsSpelledAs: the fence looked for one spelling of
// the scheme, and at an escaped path, and the client takes them all.
func TestASocketIsLentByWhateverItIsSpelledAs(t *testing.T) {
	dir := lending(t)
	for host, want := range map[string]string{
		"unix:" + dir + "/team-a/own":                      "",
		"Unix://" + dir + "/all":                           "",
		"unix:/var/run/docker.sock":                        "elsewhere",
		"UNIX:///var/run/docker.sock":                      "elsewhere",
		"Unix:/var/run/docker.sock":                        "elsewhere",
		"unix:///%76ar/run/docker.sock":                    "elsewhere",
		"unix://" + dir + "/team-a/%2e%2e/%2e%2e/lent-too": "elsewhere",
		"unix://" + dir + "/team-a/..%2fteam-b/own":        "elsewhere",
		"unix://" + dir + "/%74eam-b/own":                  "not this flow's",
		"unix:" + dir + "/team-b/own":                      "not this flow's",
		"UNIX:" + dir + "/team-a/out":                      "a link that leads out",
	} {
		_, problems := said(config.Discovery{FilesDir: dir}, "flows: [{nas: {docker: {host: '"+host+"', container: c, token_file: /f}}}]\n")
		at := slices.IndexFunc(problems, func(p string) bool {
			return strings.Contains(p, "docker.host: got a ") && strings.Contains(p, "discovery.files_dir")
		})
		if want == "" && len(problems) > 0 || want != "" && (at < 0 || !strings.Contains(problems[at], want)) {
			t.Errorf("%s: got %q, want %q", host, problems, want)
		}
	}
}

// TestAConfigMapDoesNotGetThePodsIdentity: what a flow of a file has where it names
// nothing is the pod's own.
func TestAConfigMapDoesNotGetThePodsIdentity(t *testing.T) {
	_, problems := said(config.Discovery{FilesDir: lending(t)}, `flows:
- nas: {vault: {address: 'https://evil:8200', auth: {kubernetes: {role: r}}}}
  main: {kubernetes: {secret: {}}}
`)
	want := []string{
		place + ": line 2: flows[0].nas.vault.auth.kubernetes.jwt_file: got a file elsewhere, want one below discovery.files_dir, by its plain path: no other is lent to the flows of ConfigMaps",
		place + ": line 3: flows[0].main.kubernetes.kubeconfig: got none, want one below discovery.files_dir: the pod's own ServiceAccount is not lent to the flows of ConfigMaps",
	}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
}
