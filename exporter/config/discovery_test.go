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

// place is what a ConfigMap is called in mistakes.
const place = `configmap "n/team-a" key "flow.yaml"`

// said are the mistakes that a ConfigMap called team-a has, one a line.
func said(d config.Discovery, content string) (config.Flow, []string) {
	f, problems := d.Flow(place, "team-a", []byte(content))
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.String())
	}
	return f, lines
}

func TestDiscoveryIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte("discovery: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil || len(cfg.Flows) != 0 || cfg.Discovery.Selector == "" || cfg.Discovery.Interval.String() != "1m0s" {
		t.Errorf("got %+v and %v, want a discovery with its defaults and no flow", cfg, err)
	}
	dir := folder(t, map[string]string{"1.yaml": "discovery: {}\n", "2.yaml": oneFlow("one") + "discovery: {}\n"})
	want := strings.ReplaceAll("DIR/2.yaml:3: discovery: got that of DIR/1.yaml:1 again, want it once", "DIR", dir)
	if _, err := config.Load(dir); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestTheFlowOfAConfigMap has its name, whether or not that is written.
func TestTheFlowOfAConfigMap(t *testing.T) {
	for name, content := range map[string]string{
		"without a name": "flows: [{interval: 1m, nas: {vault: {address: 'https://nas:8200'}}}]\n",
		"with its name":  "flows: [{name: team-a, interval: 1m, nas: {vault: {address: 'https://nas:8200'}}}]\n",
	} {
		f, problems := said(config.Discovery{}, content)
		if len(problems) > 0 || f.Name != "team-a" || f.Interval.String() != "1m0s" || f.Timeout.String() != "5s" {
			t.Errorf("%s: got %+v and %q", name, f, problems)
		}
	}
}

// TestWhatIsWrongWithAConfigMap is its flow's own mistake, at a place, and leaves a
// flow with a name and times.
func TestWhatIsWrongWithAConfigMap(t *testing.T) {
	const vault = "nas: {vault: {address: 'https://nas:8200'}}"
	for _, test := range []struct{ name, content, want string }{
		{"no YAML", "flows: [\n", ": line 1: this is no YAML"},
		{"nothing", "", ": got an empty file"},
		{"no flow", "flows: []\n", ": line 1: flows: got no flow"},
		{"two flows", "flows: [{" + vault + "}, {name: b, " + vault + "}]\n", ": line 1: flows: got 2 flows, want one"},
		{"another's name", "flows:\n- name: team-b\n  " + vault + "\n", ": line 2: flows[0].name: got another name than that of the ConfigMap"},
		{"a discovery", "discovery: {}\nflows: [{" + vault + "}]\n", ": line 1: discovery: got it in a ConfigMap"},
		{"an unknown key", "flows:\n- intervall: 5s\n  " + vault + "\n", ": line 2: flows[0]: got an unknown key"},
		{"an alias", "flows: [{nas: {vault: &a {address: 'https://nas:8200'}}, main: {vault: *a}}]\n", ": got an alias (*name), want"},
		{"times that cannot be", "flows: [{interval: 1ms, " + vault + "}]\n", ": line 1: flows[0].interval: got 1ms"},
		{"a million keys", "flows:\n- " + vault + "\n  main: {" + strings.Repeat("x: ,", 5000) + "}\n", ": line 3: got a section of 5000 keys, want at most 50"},
		{"a secret", "flows: [{" + vault + ", main: {vault: {address: hvs.CANARYcanaryCANARYcanary01}}}]\n", "in the form of a secret"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, problems := said(config.Discovery{}, test.content)
			if !slices.ContainsFunc(problems, func(p string) bool { return strings.HasPrefix(p, place+": ") && strings.Contains(p, test.want) }) {
				t.Errorf("got %q, want one at %s with %s", problems, place, test.want)
			}
			if f.Name != "team-a" || f.Timeout <= 0 || f.Interval <= f.Timeout {
				t.Errorf("got flow %q every %s, each check at most %s", f.Name, f.Interval, f.Timeout)
			}
			if strings.Contains(strings.Join(problems, ""), "CANARY") {
				t.Error("got what was written quoted")
			}
			_, found := config.Discovery{}.Flow(place, "team-a", []byte(test.content))
			if slices.ContainsFunc(found, func(p config.Problem) bool { return p.Flow != "team-a" || p.Outside }) {
				t.Errorf("got %+v, want mistakes in the text of the flow alone", found)
			}
		})
	}
}

// TestAMillionMistakesAreNotKept: of each ConfigMap a few are, and how many more
// there are.
func TestAMillionMistakesAreNotKept(t *testing.T) {
	_, problems := said(config.Discovery{}, "flows: [{main: {kubernetes: {secret: {keys: ["+strings.Repeat("{},", 900)+"]}}}}]\n")
	if len(problems) != 11 || problems[10] != place+": got 891 mistakes more" {
		t.Errorf("got %d mistakes, the last %q", len(problems), problems[len(problems)-1])
	}
	_, problems = said(config.Discovery{}, "flows: ["+strings.Repeat("{},", 5000)+"]\n")
	if want := place + ": got more than 1000 keys and values, want at most as many: a ConfigMap is one flow"; len(problems) != 1 || problems[0] != want {
		t.Errorf("got %q, want %s", problems, want)
	}
}

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
		"/folder": base + "/elsewhere", "/..data": "..1", "/mounted": "..data/mounted", "/dangling": base + "/nowhere",
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

// TestAConfigMapQuotesNoSecret, as no file does.
func TestAConfigMapQuotesNoSecret(t *testing.T) {
	configtest.NeverQuoted(t, complete, func(path string) error {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, problems := config.Discovery{FilesDir: "/etc/vault-health-exporter"}.Flow(place, "team-a", raw)
		return &config.Error{Problems: problems}
	})
}
