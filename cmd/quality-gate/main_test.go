package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/chaos"
)

func gateSays(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if exit := run(t.Context(), args, &out, &out); exit != want {
		t.Errorf("%q: got exit code %d, want %d: %s", args, exit, want, out.String())
	}
	return out.String()
}

func TestListNamesEveryFault(t *testing.T) {
	table := gateSays(t, exitOK, "list")
	var listed []chaos.Fault
	if err := json.Unmarshal([]byte(gateSays(t, exitOK, "list", "--json")), &listed); err != nil {
		t.Fatal(err)
	}
	if len(listed) != len(chaos.Faults()) {
		t.Errorf("got %d faults as JSON, want %d", len(listed), len(chaos.Faults()))
	}
	for _, f := range chaos.Faults() {
		if !strings.Contains(table, "\n"+f.Name+" ") || !strings.Contains(table, f.Does) {
			t.Errorf("%s: got it not listed, or not what it does", f.Name)
		}
	}
}

func TestPlanDoesNothingAndSaysAll(t *testing.T) {
	journal := filepath.Join(t.TempDir(), "state", "undo.jsonl")
	planned := func(args ...string) string {
		return gateSays(t, exitOK, append([]string{"plan", "--journal=" + journal}, args...)...)
	}
	whole := planned()
	for _, f := range chaos.Lab() {
		if !strings.Contains(whole, f.Name+": "+f.Does) {
			t.Errorf("%s: got it not planned", f.Name)
		}
	}
	if first, again := planned("--seed=7"), planned("--seed=7"); first != again || first == whole {
		t.Errorf("got the order of one seed twice the same %t, and another than the catalogue's %t", first == again, first != whole)
	}
	want := `seal: The NAS Vault is sealed. applications notice; blamed: "nas_vault sealed"; if it lasts: NASVaultSealed, `
	if got := planned("--only=seal,eso-gone"); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "\n2 faults; nothing was done\n") {
		t.Errorf("got %q, want it to begin with %q", got, want)
	}
	if _, err := os.Stat(journal); err == nil {
		t.Error("got a journal of what was not done")
	}
}

func TestUnusable(t *testing.T) {
	for want, args := range map[string][]string{
		`the lab plays none of that name`: {"plan", "--only=sael"},
		`expected command`:                {"rnu"},
		`must be one of lab`:              {"plan", "--tier=live"},
	} {
		if got := gateSays(t, exitUnusable, args...); !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q in it", args, got, want)
		}
	}
	if got := gateSays(t, exitOK, "--help"); strings.Contains(got, "--hold") || !strings.Contains(got, "recover") {
		t.Errorf("got %q, want the commands, without what is for the test that kills", got)
	}
}

// TestWhatWasNotUndoneIsNotBuriedByAnotherRun needs no lab: it comes first.
func TestWhatWasNotUndoneIsNotBuriedByAnotherRun(t *testing.T) {
	journal := filepath.Join(t.TempDir(), "undo.jsonl")
	line := `{"fault":"seal","target":"a lab","when":"2026-01-02T03:04:05Z"}` + "\n"
	if err := os.WriteFile(journal, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := gateSays(t, exitUnusable, "run", "--journal="+journal); !strings.Contains(got, `"seal" of an earlier run is not undone`) {
		t.Errorf("got %q, want a refusal", got)
	}
	if left, err := os.ReadFile(journal); err != nil || string(left) != line {
		t.Errorf("got the journal %q, error %v, want it as it was", left, err)
	}
}
