// Command can-i-deploy says from the results of the last verifications whether
// everything that the exporter and the broker rely on holds at the real
// servers. It needs no broker. What is unknown is a no.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"homelab.io/vault-health-exporter/contracts"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(arguments []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("can-i-deploy", flag.ContinueOnError)
	flags.SetOutput(stderr)
	folder := flags.String("results", ".build/contracts", "the folder with the results of the verifications")
	pacts := flags.String("pacts", "contracts/pacts", "the folder with the pacts")
	to := flags.String("to", "lab", "the places of which one must have verified each interaction, separated by commas")
	table := flags.Bool("table", false, "only write what was verified at each place")
	accept := flags.String("accept", strings.Join(contracts.FoundElsewhere(), ";"), "descriptions that no place can be put into the state for, separated by semicolons")
	if err := flags.Parse(arguments); err != nil {
		return 2
	}
	results, err := contracts.LoadResults(*folder)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	recorded, err := contracts.LoadPacts(*pacts)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	places := strings.Split(*to, ",")
	if err := contracts.WriteTable(stdout, recorded, results, places); err != nil || *table {
		return 0
	}
	missing := contracts.CanDeploy(recorded, results, places, strings.Split(*accept, ";"))
	for _, m := range missing {
		fmt.Fprintf(stdout, "%s: %s: %s\n", m.Pair, m.Description, m.Result)
	}
	if len(missing) > 0 {
		fmt.Fprintf(stdout, "no: %d interactions are not verified\n", len(missing))
		return 1
	}
	fmt.Fprintln(stdout, "yes")
	return 0
}
