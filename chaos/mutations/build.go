package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// binary is a test binary with every switch in it.
type binary struct{ path, dir string }

// build makes the test binary of a package.
func (t *tree) build(pkg string) (binary, error) {
	overlay, err := t.overlay()
	if err != nil {
		return binary{}, err
	}
	b := binary{path: filepath.Join(t.dir, strings.ReplaceAll(pkg, "/", "_")+".test"), dir: filepath.Join(t.root, pkg)}
	command := exec.Command("go", "test", "-c", "-overlay", overlay, "-o", b.path, "./"+pkg)
	command.Dir = t.root
	if said, err := command.CombinedOutput(); err != nil {
		return binary{}, fmt.Errorf("building the tests of %q: %w\n%s", pkg, err, said)
	}
	return b, nil
}

var failed = regexp.MustCompile(`(?m)^ *--- FAIL: (\S+)`)

// run runs the binary with one mutation on; killer is the innermost test that
// failed, "" where none did. One that hangs is found out as well.
func (b binary) run(limit time.Duration, env []string, args ...string) (killer string) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	command := exec.CommandContext(ctx, b.path, append(args, "-test.failfast")...)
	command.Dir, command.Env = b.dir, append(os.Environ(), env...)
	said, err := command.CombinedOutput()
	switch found := failed.FindAllSubmatch(said, -1); {
	case err == nil:
		return ""
	case ctx.Err() != nil:
		return "a test that hangs"
	case len(found) == 0:
		return "a panic"
	default:
		return string(found[len(found)-1][1])
	}
}

// list are the names of its tests.
func (b binary) list() ([]string, error) {
	command := exec.Command(b.path, "-test.list=^(Test|Fuzz)") // #nosec G204 -- it was built here
	command.Dir = b.dir
	said, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the tests of %q: %w", b.dir, err)
	}
	return strings.Fields(string(said)), nil
}
