package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/config"
)

// folder writes files, by name, into a folder of their own.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func oneFlow(name string) string {
	return "flows:\n- {name: " + name + ", nas: {vault: {address: 'https://nas:8200'}}}\n"
}

func names(cfg *config.Config) (all []string) {
	if cfg == nil {
		return nil
	}
	for _, f := range cfg.Flows {
		all = append(all, f.Name)
	}
	return all
}

func TestAFolderOfFiles(t *testing.T) {
	dir := folder(t, map[string]string{
		"20.yml": oneFlow("second"), "10.yaml": oneFlow("first"),
		".hidden.yaml": "no configuration", "README.md": "no configuration", "10.yaml~": "no configuration", "sub/30.yaml": "no configuration",
	})
	cfg, err := config.Load(dir)
	if diff := cmp.Diff([]string{"first", "second"}, names(cfg)); diff != "" || err != nil {
		t.Errorf("got error %v and\n%s", err, diff)
	}
}

// TestTheFilesOfAFolderAreNamed: each mistake has its file and line, also one that
// two files make together.
func TestTheFilesOfAFolderAreNamed(t *testing.T) {
	dir := folder(t, map[string]string{
		"1.yaml": oneFlow("same"),
		"2.yaml": "flows:\n- name: other\n  intervall: 5s\n  nas: {vault: {address: 'https://nas:8200'}}\n",
		"3.yaml": "# a comment\n" + oneFlow("same"),
		"4.yaml": "",
		"5.yaml": "flows: []\n",
	})
	if err := os.Mkdir(filepath.Join(dir, "6.yaml"), 0o700); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(dir)
	want := strings.ReplaceAll(`DIR/2.yaml:3: flows[0]: got an unknown key, want one of cold_every, connections, fallback, features_dir, format, interval, main, name, nas, timeout
DIR/3.yaml:3: flows[0].name: got the name of DIR/1.yaml:2 again, want each name once
DIR/4.yaml: got an empty file
DIR/5.yaml:1: flows: got no flow, want at least one
DIR/6.yaml: reading the configuration: it is a folder, want a regular file; a mount makes a folder where its source is missing`, "DIR", dir)
	if cfg != nil || err == nil {
		t.Fatalf("got %v and %v, want mistakes alone", cfg, err)
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

// TestAMountedConfigMap: Kubernetes mounts links to links, and changes all of them at
// once by the link between.
func TestAMountedConfigMap(t *testing.T) {
	dir := folder(t, map[string]string{"..1/a.yaml": oneFlow("a-1"), "..1/b.yaml": oneFlow("b-1"), "..2/a.yaml": oneFlow("a-2"), "..2/b.yaml": oneFlow("b-2")})
	for name, target := range map[string]string{"..data": "..1", "a.yaml": "..data/a.yaml", "b.yaml": "..data/b.yaml"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(dir)
	if diff := cmp.Diff([]string{"a-1", "b-1"}, names(cfg)); diff != "" || err != nil {
		t.Errorf("got error %v and\n%s", err, diff)
	}
	if err := os.Symlink("..2", filepath.Join(dir, "..new")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "..new"), filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	cfg, err = config.Load(dir)
	if diff := cmp.Diff([]string{"a-2", "b-2"}, names(cfg)); diff != "" || err != nil {
		t.Errorf("got error %v and\n%s", err, diff)
	}
	if err := os.WriteFile(filepath.Join(dir, "..2", "b.yaml"), []byte("- x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = config.Load(dir); err == nil || !strings.HasPrefix(err.Error(), filepath.Join(dir, "b.yaml")+":1: ") {
		t.Errorf("got %v, want the name that a person sees", err)
	}
}

// TestAFolderIsBounded in the number of its files and in what they hold.
func TestAFolderIsBounded(t *testing.T) {
	dir := t.TempDir()
	filler := strings.Repeat("#", 1<<20-100)
	for i := range 17 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%02d.yaml", i)), []byte(oneFlow(fmt.Sprint("f", i))+filler), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := config.Load(dir); err == nil || err.Error() != dir+": got more than 16777216 bytes in its files, want at most as many" {
		t.Errorf("got %v, want too much in it", err)
	}
	dir = t.TempDir()
	for i := range 10_001 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := config.Load(dir); err == nil || !strings.HasPrefix(err.Error(), dir+": reading the folder: got more than 10000 files") {
		t.Errorf("got %v, want too many files", err)
	}
}
