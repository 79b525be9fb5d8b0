//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// machine takes random steps of rotations against the lab's NAS Vault, whose own
// tokens, and the flows, are none of theirs.
var machine struct {
	*exec.Cmd
	out bytes.Buffer
	// roots are the accessors of the root tokens that were there before, of no flow.
	roots []string
}

func beginMachine(t *testing.T) {
	t.Helper()
	if machine.Cmd != nil {
		return
	}
	var err error
	machine.roots, err = home.NobodysRoots(t.Context())
	must(t, err)
	machine.Cmd = exec.CommandContext(context.WithoutCancel(t.Context()), "go", "test", "-count=1", "-timeout=60m", "-v", "-run", "^TestRotationStateMachine$",
		"../cmd/token-broker", "-rotation.vault="+home.NAS().Address(), "-rotation.steps=204", fmt.Sprintf("-rotation.seed=%d", seed(t)))
	machine.Env = append(os.Environ(), "VAULT_TOKEN="+home.NAS().Token(), "SSL_CERT_FILE="+home.CAFile())
	machine.Stdout, machine.Stderr = &machine.out, &machine.out
	must(t, machine.Start())
}

func TestRotationStateMachineOnTheNASVault(t *testing.T) {
	beginMachine(t)
	t.Cleanup(func() { must(t, home.RevokeNobodysRoots(context.WithoutCancel(t.Context()), machine.roots)) })
	err := machine.Wait()
	for line := range strings.Lines(machine.out.String()) {
		if strings.Contains(line, "machine_test.go") || strings.Contains(line, "Falsified") {
			t.Log(strings.TrimSpace(line))
		}
	}
	if err != nil {
		t.Fatalf("running the state machine: %v:\n%s", err, machine.out.String())
	}
	if !regexp.MustCompile(`: \d{3,} steps\n`).MatchString(machine.out.String()) {
		t.Errorf("got no count of steps in:\n%s", machine.out.String())
	}
	after, err := home.NobodysRoots(t.Context())
	must(t, err)
	for _, accessor := range machine.roots {
		if !slices.Contains(after, accessor) {
			t.Errorf("the root token with accessor %s is gone, which no rotation had made", accessor)
		}
	}
	recovers(t)
}
