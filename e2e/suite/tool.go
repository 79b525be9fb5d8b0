package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"homelab.io/vault-health-exporter/e2e/evidence"
)

// tools is the folder of the programs that .ci/lint names.
const tools = ".build"

// buildTools builds the programs that look at sources, apart from the product's
// own module.
func (b *Bench) buildTools(ctx context.Context, log io.Writer) error {
	build := b.command(ctx, "go", "-C", ".ci/lint", "install", "tool")
	build.Stdout, build.Stderr = log, log
	build.Env = append(os.Environ(), "GOBIN="+b.path(tools))
	if err := build.Run(); err != nil {
		return fmt.Errorf("building the tools of .ci/lint: %w", err)
	}
	return nil
}

// tool runs a program in the tree's root and returns what it prints, and its exit
// code; what it says on its standard error goes to log.
func (b *Bench) tool(ctx context.Context, log io.Writer, name string, arguments ...string) (stdout []byte, exit int, err error) {
	cmd := b.command(ctx, name, arguments...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, log
	err = cmd.Run()
	var failed *exec.ExitError
	if errors.As(err, &failed) && failed.Exited() {
		return out.Bytes(), failed.ExitCode(), nil
	}
	if err != nil {
		err = fmt.Errorf("running %q: %w", name, err)
	}
	return out.Bytes(), 0, err
}

// findings are rows of a check that found these, or the one row of a check that
// found nothing.
func findings(check, of string, found []string) (rows []evidence.Row) {
	if len(found) == 0 {
		return []evidence.Row{{Check: check, Name: of, Result: evidence.Verified}}
	}
	for _, f := range found {
		rows = append(rows, evidence.Row{Check: check, Name: of, Result: evidence.Failed, Why: f})
	}
	return rows
}

// could is the row of a check that could not be made; nothing is known then.
func could(check, of string, err error) evidence.Row {
	return evidence.Row{Check: check, Name: of, Result: evidence.Unknown, Why: err.Error()}
}
