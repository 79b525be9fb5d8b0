package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log"
	"os"
	"os/exec"
)

// together runs a command twice at the same moment, which two pods, or two
// calls from outside, are too far apart for. It prints what each logged, as a
// list in JSON, and fails where one of them did.
func together(ctx context.Context, arguments []string) int {
	if len(arguments) == 0 {
		return usage()
	}
	logs, err := runTwice(ctx, arguments)
	if err != nil {
		log.Print(err)
		return 1
	}
	err = json.NewEncoder(os.Stdout).Encode(logs)
	if err != nil {
		return 1
	}
	return 0
}

func runTwice(ctx context.Context, arguments []string) ([]string, error) {
	var (
		logged   [2]bytes.Buffer
		commands [2]*exec.Cmd
	)
	for i := range commands {
		commands[i] = exec.CommandContext(ctx, arguments[0], arguments[1:]...)
		commands[i].Stderr = &logged[i]
		err := commands[i].Start()
		if err != nil {
			return nil, err
		}
	}
	var failed error
	for _, command := range commands {
		err := command.Wait()
		if err != nil {
			failed = err
		}
	}
	return []string{logged[0].String(), logged[1].String()}, failed
}
