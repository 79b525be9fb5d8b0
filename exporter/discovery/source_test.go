package discovery

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/discovery/discoverytest"
)

const fileFlow = "flows: [{name: of-the-file, nas: {vault: {address: 'https://nas:8200'}}}]\n"

// world is an API with ConfigMaps, and a Source of them.
type world struct {
	discoverytest.API
	t    *testing.T
	file string
	*Source
}

// begin starts an API and loads a configuration that discovers flows there.
func begin(t *testing.T, flows string) *world {
	t.Helper()
	w := &world{t: t}
	server := httptest.NewServer(&w.API)
	t.Cleanup(server.Close)
	w.file = discoverytest.Config(t, server.URL, "1m", flows)
	w.Source = New(func() (*config.Config, error) { return config.Load(w.file) }, nil)
	return w
}

// rewrite changes the configuration file.
func (w *world) rewrite(old, replacement string) {
	w.t.Helper()
	text, err := os.ReadFile(w.file)
	if err == nil {
		err = os.WriteFile(w.file, []byte(strings.Replace(string(text), old, replacement, 1)), 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// poll polls and returns what there is then.
func (w *world) poll() (flows []string, changed bool, err error) {
	cfg, changed, err := w.Poll(w.t.Context())
	return named(cfg), changed, err
}

func named(cfg *config.Config) (flows []string) {
	if cfg == nil {
		return nil
	}
	for _, f := range cfg.Flows {
		flows = append(flows, f.Name)
	}
	return flows
}

func (w *world) want(what string, flows []string, changed bool, says string) {
	w.t.Helper()
	got, differs, err := w.poll()
	if diff := cmp.Diff(flows, got); diff != "" || differs != changed {
		w.t.Errorf("%s: got changed %t, want %t, and flows (-want +got)\n%s", what, differs, changed, diff)
	}
	if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
		w.t.Errorf("%s: got error %v, want %q", what, err, says)
	}
}

// TestTheDifference: who comes, changes and goes, and that nothing is decoded again
// that did not change.
func TestTheDifference(t *testing.T) {
	w := begin(t, fileFlow)
	w.PageSize = 2
	for i := range 5 {
		w.PutFlow(fmt.Sprint("team-", i), "https://nas:8200")
	}
	cfg, err := w.Load(t.Context())
	if diff := cmp.Diff([]string{"of-the-file", "team-0", "team-1", "team-2", "team-3", "team-4"}, named(cfg)); diff != "" || err != nil {
		t.Fatalf("got error %v and\n%s", err, diff)
	}
	w.want("nothing", named(cfg), false, "")
	before := w.found["team-1"].flow
	w.PutFlow("team-0", "https://other:8200")
	w.Delete("team-3")
	w.PutFlow("team-5", "https://nas:8200")
	w.want("three changes", []string{"of-the-file", "team-0", "team-1", "team-2", "team-4", "team-5"}, true, "")
	if got := w.given.config.Flows[1].NAS.Vault.Address; got != "https://other:8200" {
		t.Errorf("got address %s, want the new one", got)
	}
	if w.found["team-1"].flow != before {
		t.Error("got a flow decoded again that did not change")
	}
	for i := range 6 {
		w.Delete(fmt.Sprint("team-", i))
	}
	w.want("an empty list", []string{"of-the-file"}, true, "")
}

// TestAFlowsOwnMistakes stop nobody else.
func TestAFlowsOwnMistakes(t *testing.T) {
	const good = "flows: [{nas: {vault: {address: 'https://nas:8200'}}}]\n"
	for _, test := range []struct {
		name string
		data map[string]string
		want string
	}{
		{"no YAML", map[string]string{"x.yaml": "flows: ["}, `configmap "flows/bad" key "x.yaml": line 1: this is no YAML`},
		{"a mistyped key", map[string]string{"x.yml": "flows:\n- nas: {}\n  interval: 5\n"}, `configmap "flows/bad" key "x.yml": line 3: flows[0].interval: got a text of 1 characters, want a duration`},
		{"another's name", map[string]string{"x.yaml": "flows: [{name: good, nas: {vault: {address: 'https://nas:8200'}}}]\n"}, `key "x.yaml": line 1: flows[0].name: got another name than that of the ConfigMap`},
		{"the pod's own file", map[string]string{"x.yaml": "flows: [{nas: {vault: {address: 'https://evil:8200', auth: {token_file: /etc/passwd}}}}]\n"}, "flows[0].nas.vault.auth.token_file: got a file, want none"},
		{"nothing", nil, `configmap "flows/bad": got 0 keys *.yaml and *.yml, want one`},
		{"other keys", map[string]string{"x.json": good}, "got 0 keys"},
		{"two keys", map[string]string{"x.yaml": good, "y.yml": good}, "got 2 keys"},
		{"too much", map[string]string{"x.yaml": good + strings.Repeat("#", 16<<10)}, "got 16439 bytes, want at most 16384"},
		{"a key that none can have", map[string]string{"\x1b[2J.yaml": good}, `configmap "flows/bad": got a key that none can have`},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := begin(t, "")
			w.PutFlow("good", "https://nas:8200")
			w.Put("bad", test.data)
			cfg, err := w.Load(t.Context())
			if diff := cmp.Diff([]string{"bad", "good"}, named(cfg)); diff != "" || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %s, and\n%s", err, test.want, diff)
			}
			for _, p := range w.given.problems {
				if p.Flow != "bad" {
					t.Errorf("got %+v, want it to be of the one flow", p)
				}
			}
			w.want("again", []string{"bad", "good"}, false, test.want)
			w.PutFlow("bad", "https://nas:8200")
			w.want("mended", []string{"bad", "good"}, true, "")
		})
	}
}

// TestNamesThatAreTaken: of whoever names a ConfigMap as a flow of the file, that
// flow feels nothing.
func TestNamesThatAreTaken(t *testing.T) {
	w := begin(t, fileFlow)
	w.PutFlow("of-the-file", "https://evil:8200")
	w.PutFlow("no.flow-name", "https://nas:8200")
	cfg, err := w.Load(t.Context())
	if err == nil || len(cfg.Flows) != 1 || cfg.Flows[0].NAS.Vault.Address != "https://nas:8200" {
		t.Fatalf("got %v and %v, want the flow of the file alone", named(cfg), err)
	}
	want := `configmap "flows/no.flow-name": got a name that no flow can have, want 1 to 32 lower-case letters, digits and -
configmap "flows/of-the-file" key "flow.yaml": got the name of a flow of the configuration file, which is watched instead, want another`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
	for _, p := range w.given.problems {
		if p.Flow != "" {
			t.Errorf("got %+v, want it to be nobody's", p)
		}
	}
}

// TestAFileThatComesLater: what a ConfigMap names may be mounted later than it is
// written, and nobody reloads then.
func TestAFileThatComesLater(t *testing.T) {
	w := begin(t, "")
	lent := t.TempDir()
	w.rewrite("discovery: {", fmt.Sprintf("discovery: {files_dir: %q, ", lent))
	w.Put("late", map[string]string{"x.yaml": fmt.Sprintf("flows: [{nas: {vault: {address: 'https://nas:8200', tls: {ca_file: '%s/ca.pem'}}}}]\n", lent)})
	if _, err := w.Load(t.Context()); err == nil || !strings.Contains(err.Error(), "ca_file: reading the file that it names: the file does not exist") {
		t.Errorf("got %v, want the file to be missing", err)
	}
	w.want("still missing", []string{"late"}, false, "does not exist")
	if err := os.WriteFile(filepath.Join(lent, "ca.pem"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.want("there", []string{"late"}, true, "")
}

// TestTheFileIsReadByAReloadAlone: it may be half written, or have been a pipe.
func TestTheFileIsReadByAReloadAlone(t *testing.T) {
	w := begin(t, fileFlow)
	if _, err := w.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.rewrite("of-the-file", "renamed")
	w.PutFlow("team-a", "https://nas:8200")
	w.want("a poll", []string{"of-the-file", "team-a"}, true, "")
	cfg, err := w.Load(t.Context())
	if diff := cmp.Diff([]string{"renamed", "team-a"}, named(cfg)); diff != "" || err != nil {
		t.Errorf("got error %v and\n%s", err, diff)
	}
	w.rewrite("flows: [", "flows: {")
	if cfg, err := w.Load(t.Context()); cfg != nil || err == nil {
		t.Errorf("got %v and %v of a file that is no YAML, want nothing", named(cfg), err)
	}
	w.PutFlow("team-b", "https://nas:8200")
	w.want("a poll beside a wrong file", []string{"renamed", "team-a", "team-b"}, true, "this is no YAML")
	w.rewrite("flows: {", "flows: [")
	w.rewrite("discovery: {kubeconfig", "# discovery: {kubeconfig")
	cfg, err = w.Load(t.Context())
	if diff := cmp.Diff([]string{"renamed"}, named(cfg)); diff != "" || err != nil {
		t.Errorf("got error %v of a file without discovery, and\n%s", err, diff)
	}
	w.want("nothing to poll", []string{"renamed"}, false, "")
}
