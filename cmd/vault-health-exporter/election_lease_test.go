package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kingpin/v2"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/exporter/leader"
	"homelab.io/vault-health-exporter/exporter/metrics"
)

// TestEachShardHasALeaseOfItsOwn, and a name that leads elsewhere is refused.
func TestEachShardHasALeaseOfItsOwn(t *testing.T) {
	for _, test := range []struct {
		lease string
		shard metrics.Shard
		want  string
	}{
		{"exporter", metrics.Shard{}, "exporter"},
		{"exporter", metrics.Shard{Number: 1, Of: 4}, "exporter-1-of-4"},
		{"../secrets", metrics.Shard{}, ""},
		{"", metrics.Shard{}, ""},
		{strings.Repeat("x", 254), metrics.Shard{}, ""},
	} {
		if got, err := (serveCommand{lease: test.lease}).leaseName(test.shard); got != test.want || (err == nil) == (test.want == "") {
			t.Errorf("%q, %v: got %q and %v, want %q", test.lease, test.shard, got, err, test.want)
		}
	}
}

// TestTheComponentMayWriteItsLease, and no other one.
func TestTheComponentMayWriteItsLease(t *testing.T) {
	text, err := os.ReadFile("../../deploy/components/leader-election/rbac.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var role struct {
		Rules []struct {
			ResourceNames []string `yaml:"resourceNames"`
			Verbs         []string `yaml:"verbs"`
		} `yaml:"rules"`
	}
	if err := yaml.Unmarshal(text, &role); err != nil {
		t.Fatal(err)
	}
	var c serveCommand
	app := kingpin.New("test", "")
	c.flags(app.Command("serve", "").Default())
	if _, err := app.Parse(nil); err != nil {
		t.Fatal(err)
	}
	name, err := c.leaseName(metrics.Shard{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{name}, role.Rules[0].ResourceNames); diff != "" {
		t.Errorf("what may be renewed (-the Lease +the Role's):\n%s", diff)
	}
}

// TestAnElectionIsForPods: without a cluster there is nobody to ask. What only
// looks takes no part in one.
func TestAnElectionIsForPods(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flow.yaml")
	if err := os.WriteFile(file, []byte(oneFlow), 0o600); err != nil {
		t.Fatal(err)
	}
	type attempt struct {
		args []string
		exit int
		says string
	}
	attempts := []attempt{
		{[]string{"--leader-election.lease=/"}, exitUnusable, `reading --leader-election.lease: got "/"`},
		{[]string{"--config.check"}, exitOK, "is valid"},
		{[]string{"--once"}, exitFailed, "flow qnap"},
	}
	if _, err := leader.InPod(); err != nil { // this may be a pod
		attempts = append(attempts, attempt{nil, exitUnusable, "want a pod with the token of a ServiceAccount"})
	}
	for _, test := range attempts {
		var out strings.Builder
		args := append([]string{"--config.file=" + file, "--web.listen-address=127.0.0.1:0", "--leader-election"}, test.args...)
		if exit := run(t.Context(), args, io.Writer(&out), &out); exit != test.exit || !strings.Contains(out.String(), test.says) {
			t.Errorf("%q: got exit code %d and %q, want %d and %s", test.args, exit, out.String(), test.exit, test.says)
		}
	}
}
