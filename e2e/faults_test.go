//go:build e2e

package e2e

import (
	"context"
	"testing"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/e2e/drill"
)

// breaks injects a fault of the catalogue and returns what undoes it, which is
// done at the latest when the test ends.
func breaks(t *testing.T, name string) (heal func()) {
	t.Helper()
	verb, err := drill.Find(name)
	must(t, err)
	return does(t, verb)
}

// does injects what is no fault of the catalogue, in the same way.
func does(t *testing.T, verb drill.Verb) (heal func()) {
	t.Helper()
	healed := false // not sync.OnceFunc, in which a test that fails panics
	heal = func() {
		if !healed {
			healed = true
			must(t, verb.Undo(context.WithoutCancel(t.Context()), home))
		}
	}
	t.Cleanup(heal)
	must(t, verb.Inject(t.Context(), home))
	return heal
}

// blamedFor waits until the exporter says of a fault what the catalogue does.
func blamedFor(t *testing.T, name string) {
	t.Helper()
	for _, f := range chaos.Lab() {
		if f.Name == name {
			blames(t, string(f.Hop), string(f.Reason))
			return
		}
	}
	t.Fatalf("%s: the lab plays no such fault", name)
}
