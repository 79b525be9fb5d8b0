package images

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// run runs a program with additions to the environment.
func run(ctx context.Context, environment []string, program string, arguments ...string) error {
	command := exec.CommandContext(ctx, program, arguments...)
	command.Env = append(os.Environ(), environment...)
	_, err := output(command)
	return err
}

// runIn runs a program in a folder.
func runIn(ctx context.Context, folder, program string, arguments ...string) error {
	command := exec.CommandContext(ctx, program, arguments...)
	command.Dir = folder
	_, err := output(command)
	return err
}

// output returns what a program prints. When it fails, the error ends in the
// last thing it complained about.
func output(command *exec.Cmd) ([]byte, error) {
	var complaints bytes.Buffer
	command.Stderr = &complaints
	printed, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("running %q: %w%s", strings.Join(command.Args, " "), err, tail(complaints.String()))
	}
	return printed, nil
}

// tail shortens a program's complaints to the end, where the cause is.
func tail(complaints string) string {
	const lines = 5
	complaints = strings.TrimSpace(complaints)
	if complaints == "" {
		return ""
	}
	all := strings.Split(complaints, "\n")
	return ": " + strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Repository is the folder of this module. Inside of a recipe, which is a module
// of its own, it is not known.
func Repository(ctx context.Context) (string, error) {
	printed, err := output(exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "homelab.io/vault-health-exporter"))
	if err != nil {
		return "", fmt.Errorf("finding the repository from the working directory: %w", err)
	}
	return strings.TrimSpace(string(printed)), nil
}
