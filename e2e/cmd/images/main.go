// Command images finds the container images of the lab, builds those that are
// nowhere to be found, and prints where each of them came from. With -program
// it makes one of the programs in them instead.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"homelab.io/vault-health-exporter/e2e/images"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(arguments []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("images", flag.ContinueOnError)
	flags.SetOutput(stderr)
	preflight := flags.Bool("preflight", false, "only find the images, build none")
	archive := flags.String("archive", "", "also save each image as an archive in this `folder`")
	program := flags.String("program", "", "make the program of this `name` instead, at the path -output")
	output := flags.String("output", "", "where -program writes, a `path`")
	err := flags.Parse(arguments)
	if err != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	if (*program == "") != (*output == "") {
		fmt.Fprintln(stderr, "reading the arguments: got one of -program and -output, want both or none")
		return 2
	}
	if *program != "" {
		err := images.Program(ctx, *program, *output)
		if err != nil {
			fmt.Fprintln(stderr, err)
			return 1
		}
		return 0
	}
	find := images.Build
	if *preflight {
		find = images.Preflight
	}
	// The table is worth printing even when images are missing.
	resolved, err := find(ctx)
	tableErr := images.WriteTable(stdout, resolved)
	if err == nil {
		err = tableErr
	}
	if err == nil && *archive != "" {
		err = images.Save(ctx, resolved, *archive)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}
