// Command program is what the lab needs and nobody publishes, in one small
// static binary: the sample application, the TLS front of the Docker API, a
// pager, a collector of spans, and what runs another program twice at once, or kills it in the middle
// of its work.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// modes are the programs; a mode returns the exit code.
var modes = map[string]func(ctx context.Context, arguments []string) int{
	"serve":        serve,
	"check":        check,
	"interrupt":    interrupt,
	"together":     together,
	"docker-front": runDockerFront,
	"pager":        runPager,
	"collector":    runCollector,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

func run(ctx context.Context, arguments []string) int {
	if len(arguments) == 0 {
		return usage()
	}
	mode, ok := modes[arguments[0]]
	if !ok {
		return usage()
	}
	return mode(ctx, arguments[1:])
}

func usage() int {
	fmt.Fprintln(os.Stderr, "usage: program serve | check [-direct] | docker-front CONTAINER | pager | collector | interrupt DURATION|STEPS COMMAND... | together COMMAND...")
	return 2
}
