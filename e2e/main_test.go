//go:build e2e

// Package e2e proves, on the lab's real components, that the flow holds and
// that the exporter sees, names and times what breaks it.
package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/e2e/drill"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// home is the one lab that all scenarios share; each leaves it as it found it.
var home *lab.Lab

// ready is how long the lab took to start.
var ready time.Duration

func TestMain(m *testing.M) {
	flag.Parse()
	watched, stop, err := watchFailures()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := run(m)
	stop()
	watched.write(os.Stdout)
	os.Exit(code)
}

// run starts the lab, runs the scenarios, and removes the lab whatever
// happened, also after an interrupt. What is left behind fails the run.
func run(m *testing.M) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	began := time.Now()
	started, err := lab.Start(ctx, lab.Options{Out: os.Stdout, Logs: "results/lab-logs", Lanes: drill.Lanes})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	home, ready = started, time.Since(began)
	defer func() {
		closing := context.WithoutCancel(ctx)
		if drills != nil {
			drills.Stop() // where a test ended the run
		}
		if code != 0 {
			err = home.Logs(closing, "results/lab-logs")
		}
		err = errors.Join(err, home.Close(closing))
		left, leftErr := lab.Leftovers(closing)
		if err = errors.Join(err, leftErr); err != nil || len(left) > 0 {
			fmt.Fprintf(os.Stderr, "removing the lab: error %v, left behind %q\n", err, left)
			code = 1
			return
		}
		fmt.Println("lab removed: no container, network, volume or image of it is left")
	}()
	go func() {
		<-ctx.Done()
		stop() // a second interrupt ends the process at once
	}()
	return m.Run()
}
