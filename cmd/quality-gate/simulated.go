package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"homelab.io/vault-health-exporter/chaos/export"
	"homelab.io/vault-health-exporter/e2e/images"
)

// simulate plays faults in virtual time: each alone, or days of them at random.
func (g program) simulate(ctx context.Context) error {
	if g.days > 0 {
		return g.test(ctx, "^TestRandomDays$", "-days="+strconv.FormatFloat(g.days, 'f', -1, 64), "-seed="+strconv.FormatUint(max(g.seed, 1), 10))
	}
	named := ""
	if g.only != "" {
		if _, err := g.chosen(); err != nil {
			return err
		}
		named = "/^(" + strings.ReplaceAll(g.only, ",", "|") + ")$"
	}
	to := []string{"-at-length"}
	if g.report != "" {
		dir, err := filepath.Abs(g.report)
		if err != nil {
			return fmt.Errorf("finding the folder %q: %w", g.report, err)
		}
		to = append(to, "-report="+dir)
	}
	return g.test(ctx, "^(TestEveryFault|TestEveryFaultBriefly)$"+named, to...)
}

// replay plays a script three times and says whether it ends the same.
func (g program) replay(ctx context.Context) error {
	file, err := filepath.Abs(g.file)
	if err != nil {
		return fmt.Errorf("finding the script %q: %w", g.file, err)
	}
	return g.test(ctx, "^TestReplay$", "-replay="+file)
}

// test runs tests of the simulation, which needs Go's own testing for its virtual
// time, and prints what they say.
func (g program) test(ctx context.Context, name string, arguments ...string) error {
	repository, err := images.Repository(ctx)
	if err != nil {
		return err
	}
	args := append([]string{"test", "-count=1", "-timeout=12h", "-v", "-run", name, "./chaos/simulation", "-args"}, arguments...)
	cmd := exec.CommandContext(ctx, "go", args...) // #nosec G204 -- names of the catalogue and numbers
	cmd.Dir, cmd.Stdout, cmd.Stderr = repository, g.out, g.out
	err = cmd.Run()
	var failed *exec.ExitError
	if errors.As(err, &failed) && failed.ExitCode() == 1 {
		return errFailed
	}
	return err
}

// export prints the faults as another tool's manifests.
func (g program) export(context.Context) error {
	write := export.ChaosMesh
	if g.tool == "litmus" {
		write = export.Litmus
	}
	manifests, err := write()
	if err != nil {
		return err
	}
	_, err = g.out.Write(manifests)
	return err
}
