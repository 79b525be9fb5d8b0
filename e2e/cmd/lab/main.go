// Command lab starts the lab and leaves it up, or removes it.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"homelab.io/vault-health-exporter/e2e/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, arguments []string, stdout, stderr io.Writer) int {
	var err error
	switch {
	case len(arguments) == 1 && arguments[0] == "up":
		err = up(ctx, stdout)
	case len(arguments) == 1 && arguments[0] == "down":
		err = lab.Down(ctx)
	default:
		fmt.Fprintln(stderr, "usage: lab up | down")
		return 2
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

func up(ctx context.Context, stdout io.Writer) error {
	l, err := lab.Start(ctx, lab.Options{Out: stdout, Logs: "e2e/results/lab-logs"})
	if err != nil {
		return err
	}
	return l.WriteAddresses(stdout)
}
