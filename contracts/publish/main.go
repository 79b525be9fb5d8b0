// Command publish sends the pacts to the Pact Broker at PACT_BROKER_BASE_URL,
// as of a version on a branch. Without such an address it says so and does
// nothing.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"homelab.io/vault-health-exporter/contracts"
)

// timeout bounds all of it.
const timeout = time.Minute

func main() { os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr)) }

func run(arguments []string, env func(string) string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("publish", flag.ContinueOnError)
	flags.SetOutput(stderr)
	pacts := flags.String("pacts", "contracts/pacts", "the folder with the pacts")
	version := flags.String("version", "", "the consumers' version, such as the commit")
	branch := flags.String("branch", "", "the branch that the version is on")
	if err := flags.Parse(arguments); err != nil {
		return 2
	}
	broker := contracts.PactBroker{
		URL: env("PACT_BROKER_BASE_URL"), Token: env("PACT_BROKER_TOKEN"),
		User: env("PACT_BROKER_USERNAME"), Password: env("PACT_BROKER_PASSWORD"),
	}
	switch {
	case broker.URL == "":
		fmt.Fprintln(stdout, "not published: PACT_BROKER_BASE_URL is not set")
		return 0
	case *version == "":
		fmt.Fprintln(stderr, "not published: -version is missing")
		return 2
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	published, err := broker.Publish(ctx, *pacts, *version, *branch)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	fmt.Fprintf(stdout, "published %d pacts of version %s\n", published, *version)
	return 0
}
