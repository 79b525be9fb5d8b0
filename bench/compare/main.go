// Command compare has this exporter and its peers check the same Vaults, one after
// another in one run, and prints what each check costs, as ratios: the speed of
// the machine cancels out. A peer that is not on the PATH is left out and said so.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"homelab.io/vault-health-exporter/exporter/tempdir"
)

// settling is how long a program may take until it checks at its pace.
const settling = 5 * time.Second

// settings are what a run may be asked for.
type settings struct {
	// exporter is the program to measure.
	exporter string
	// rounds is how often each contender is measured; the median counts.
	rounds int
	// length is how long each is measured.
	length time.Duration
	// flows is how many Vaults are checked, each once a second.
	flows int
	// page is the file that gets the result as Markdown, "" for none.
	page string
}

func main() {
	var s settings
	flag.StringVar(&s.exporter, "exporter", "bin/vault-health-exporter", "the exporter's program")
	flag.IntVar(&s.rounds, "rounds", 3, "how often each program is measured; the median counts")
	flag.DurationVar(&s.length, "for", 20*time.Second, "how long each is measured")
	flag.IntVar(&s.flows, "flows", 100, "how many Vaults are checked, each once a second")
	flag.StringVar(&s.page, "page", "", "write the result as Markdown into this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, s); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, s settings) error {
	if s.flows < 1 || s.flows > maxFlows || s.rounds < 1 || s.length < time.Second {
		return fmt.Errorf("reading the flags: got %d flows, %d rounds of %s, want 1 to %d, at least 1 and 1s", s.flows, s.rounds, s.length, maxFlows)
	}
	folder, remove, err := tempdir.Make("vault-health-exporter-compare")
	if err != nil {
		return err
	}
	defer remove()
	vaults, err := serveVaults(folder, s.flows)
	if err != nil {
		return err
	}
	defer vaults.close()
	here, missing := present(contenders(s.exporter))
	measured := map[string][]figures{}
	for round := range s.rounds {
		for _, c := range here {
			got, err := measure(ctx, c, vaults, folder, settling, s.length)
			if err != nil {
				return errors.Join(fmt.Errorf("measuring %q: %w", c.name, err), ctx.Err())
			}
			measured[c.name] = append(measured[c.name], got)
			fmt.Fprintf(out, "round %d: %s: %s\n", round+1, c.name, got)
		}
	}
	text := report(s, here, missing, measured)
	fmt.Fprint(out, "\n"+text)
	if s.page == "" {
		return nil
	}
	return os.WriteFile(s.page, []byte(text), 0o644) /* #nosec G306 -- a page of the documentation */
}
