package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// stepDone is what the broker logs at the end of each of its steps.
const stepDone = `msg="step done"`

// interrupt runs a command and kills it with SIGKILL, which it cannot see
// coming: after a duration, or after as many of its steps. It prints "killed",
// or "ended" where the command was faster, and passes on what that logged.
func interrupt(ctx context.Context, arguments []string) int {
	if len(arguments) < 2 {
		return usage()
	}
	steps, err := strconv.Atoi(arguments[0])
	if err != nil {
		duration, err := time.ParseDuration(arguments[0])
		if err != nil {
			return usage()
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, duration)
		defer cancel()
	}
	ended, err := killAfter(ctx, steps, os.Stderr, exec.Command(arguments[1], arguments[2:]...))
	if err != nil {
		log.Print(err)
		return 2
	}
	fmt.Println(ended)
	return 0
}

// killAfter kills the command when ctx ends or when it has done as many steps;
// zero is no limit.
func killAfter(ctx context.Context, steps int, logged io.Writer, command *exec.Cmd) (string, error) {
	lines, err := command.StderrPipe()
	if err != nil {
		return "", err
	}
	err = command.Start()
	if err != nil {
		return "", err
	}
	kill := func() { _ = command.Process.Kill() }
	stop := context.AfterFunc(ctx, kill)
	defer stop()
	scanner := bufio.NewScanner(lines)
	for scanner.Scan() {
		fmt.Fprintln(logged, scanner.Text())
		if strings.Contains(scanner.Text(), stepDone) {
			steps--
			if steps == 0 {
				kill()
			}
		}
	}
	// How it ended says more than Wait's error.
	_ = command.Wait()
	if command.ProcessState.ExitCode() == -1 { // by a signal
		return "killed", nil
	}
	return "ended", nil
}
