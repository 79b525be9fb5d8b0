package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

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
