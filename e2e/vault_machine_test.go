//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestRotationStateMachineOnTheNASVault takes random steps of rotations against
// the lab's NAS Vault, whose own tokens, and the flow, are none of theirs.
func TestRotationStateMachineOnTheNASVault(t *testing.T) {
	before, err := home.RootTokens(t.Context())
	must(t, err)
	t.Cleanup(func() { must(t, home.RevokeOtherRoots(context.WithoutCancel(t.Context()), before)) })

	machine := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-v", "-run", "^TestRotationStateMachine$",
		"../cmd/token-broker", "-rotation.vault="+home.NAS().Address(), "-rotation.steps=204", fmt.Sprintf("-rotation.seed=%d", seed(t)))
	machine.Env = append(os.Environ(), "VAULT_TOKEN="+home.NAS().Token(), "SSL_CERT_FILE="+home.CAFile())
	out, err := machine.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "machine_test.go") || strings.Contains(line, "Falsified") {
			t.Log(strings.TrimSpace(line))
		}
	}
	if err != nil {
		t.Fatalf("running the state machine: %v:\n%s", err, out)
	}
	if !regexp.MustCompile(`: \d{3,} steps\n`).Match(out) {
		t.Errorf("got no count of steps in:\n%s", out)
	}
	after, err := home.RootTokens(t.Context())
	must(t, err)
	for _, accessor := range before {
		if !slices.Contains(after, accessor) {
			t.Errorf("the root token with accessor %s is gone, which no rotation had made", accessor)
		}
	}
	recovers(t)
}
