package exporter_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheBinaryStaysLean holds the dependency rule: nothing of the harness is
// linked into what runs on a cluster.
func TestTheBinaryStaysLean(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "../cmd/vault-health-exporter", "../cmd/token-broker").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, banned := range []string{"testcontainers", "toxiproxy", "pact-go", "gopter", "prometheus/prometheus/", "k8s.io/api/", "k8s.io/client-go/kubernetes"} {
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, banned) {
				t.Errorf("got %s in a binary", strings.TrimSpace(line))
			}
		}
	}
	if !strings.Contains(string(out), "homelab.io/vault-health-exporter/exporter/hop") {
		t.Error("got no package of ours, so nothing was looked at")
	}
}

// TestTheBrokerHasNoInstruments: it uses the exporter's checks, which name what is
// exported of them, and exports nothing.
func TestTheBrokerHasNoInstruments(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "../cmd/token-broker").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dep := range strings.FieldsSeq(string(out)) {
		if strings.Contains(dep, "prometheus/client_") {
			t.Errorf("got %s in the broker", dep)
		}
	}
}

// TestTheHarnessStaysOutside holds which way the dependencies point: nothing in
// the exporter needs what breaks it, and of that the embedded servers alone are
// in a binary, for the command demo, without anything of a test.
func TestTheHarnessStaysOutside(t *testing.T) {
	const ours = "homelab.io/vault-health-exporter/"
	for what, may := range map[string][]string{
		"exporter/...":              {"testing"}, // of configtest, which is for tests
		"cmd/vault-health-exporter": {ours + "chaos", ours + "chaos/homelab"},
		"cmd/token-broker":          nil,
		"chaos/homelab":             {ours + "chaos", ours + "chaos/homelab"},
	} {
		out, err := exec.Command("go", "list", "-deps", ours+what).Output()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for dep := range strings.FieldsSeq(string(out)) {
			if strings.HasPrefix(dep, ours+"chaos") || dep == "testing" || strings.Contains(dep, "toxiproxy") {
				got = append(got, dep)
			}
		}
		if diff := cmp.Diff(may, got); diff != "" {
			t.Errorf("%s depends on another part of the harness (-may, +does):\n%s", what, diff)
		}
	}
}

// TestTheExporterDoesNotDependOnTheBroker holds that what the broker may do
// beyond reading is not in the exporter's binary.
func TestTheExporterDoesNotDependOnTheBroker(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "./...", "../cmd/vault-health-exporter").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, dep := range strings.Fields(string(out)) {
		if strings.Contains(dep, "/cmd/token-broker") {
			t.Errorf("the exporter depends on %s", dep)
		}
	}
}
