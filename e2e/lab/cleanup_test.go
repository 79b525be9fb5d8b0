package lab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRemoveState(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	made, err := os.MkdirTemp("", statePrefix)
	if err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(os.TempDir(), "other")
	nested := filepath.Join(foreign, statePrefix+"1")
	err = os.MkdirAll(nested, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	err = removeState(made)
	if err != nil {
		t.Error(err)
	}
	for _, folder := range []string{"", foreign, nested, os.TempDir(), made + "/../other"} {
		err = removeState(folder)
		if err == nil || !strings.Contains(err.Error(), "removing the lab's folder") {
			t.Errorf("%q: got error %v, want a refusal", folder, err)
		}
	}
	for folder, want := range map[string]bool{made: false, nested: true} {
		_, err = os.Stat(folder)
		if (err == nil) != want {
			t.Errorf("%q: got it there %t, want %t", folder, err == nil, want)
		}
	}
}
