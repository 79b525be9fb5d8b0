package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/config"
)

// bomb is a short text that stands for 10^8 sections.
func bomb() string {
	text := "flows:\n- name: x0\n  nas: &l0 {vault: {}, unknown: 1}\n"
	for level := 1; level <= 8; level++ {
		below := fmt.Sprintf("*l%d", level-1)
		text += fmt.Sprintf("- name: x%d\n  nas: &l%d {<<: [%s]}\n", level, level, strings.Join(slices.Repeat([]string{below}, 10), ", "))
	}
	return text
}

// TestAliasesWithoutAnEnd: a section that is merged into itself ended the program,
// at a reload too, and nothing can recover from that.
func TestAliasesWithoutAnEnd(t *testing.T) {
	for name, content := range map[string]string{
		"a flow in itself":    "flows: [&x {name: q, <<: *x}]\n",
		"a section in itself": "flows:\n- name: q\n  nas: {vault: &v {<<: *v}}\n",
		"a list in itself":    "flows: &a [*a]\n",
		"one in the other":    "flows: [&x {name: q, <<: &y {<<: *x}}]\n",
		"too much":            bomb(),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := config.Load(path)
			if err == nil || !strings.Contains(err.Error(), ": got aliases (*name) that stand for too much, or for themselves; ") {
				t.Errorf("got %.300v, want it to name the aliases", err)
			}
		})
	}
}

// TestAliasesThatEnd: what many flows share is written once.
func TestAliasesThatEnd(t *testing.T) {
	var text strings.Builder
	text.WriteString("flows:\n- &shared {name: f0, interval: 30s, timeout: 4s, nas: {vault: {address: 'https://nas:8200', kv: {mount: secret, path: a/b, field: c}}}}\n")
	want := []string{"f0"}
	for i := 1; i < 3000; i++ {
		fmt.Fprintf(&text, "- {<<: *shared, name: f%d}\n", i)
		want = append(want, fmt.Sprint("f", i))
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if diff := cmp.Diff(want, names(cfg)); diff != "" || err != nil {
		t.Errorf("got error %v and\n%s", err, diff)
	}
}
