package main

import (
	"bytes"
	"io"
	"os/exec"
	"sync"
)

// container runs the commands of the container on the NAS on this machine: the
// shell script that they are is what these tests are about.
type container struct {
	mu       sync.Mutex
	commands [][]string
	// cutInput is how many bytes of the input arrive at a command before the
	// connection is taken for cut; 0 is all.
	cutInput int64
}

func (c *container) run(args []string, input io.Reader) (stdout, stderr []byte, exit int) {
	c.mu.Lock()
	c.commands = append(c.commands, args)
	if c.cutInput > 0 {
		input = io.LimitReader(input, c.cutInput)
	}
	c.mu.Unlock()
	var out, said bytes.Buffer
	command := exec.Command(args[0], args[1:]...) // #nosec G204 -- what the broker asked of its test
	command.Stdout, command.Stderr = &out, &said
	into, err := command.StdinPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		return nil, []byte(err.Error()), 126
	}
	go func() {
		defer into.Close()
		_, _ = io.Copy(into, input)
	}()
	_ = command.Wait() // the exit code says it
	return out.Bytes(), said.Bytes(), command.ProcessState.ExitCode()
}

// ran returns the commands, for the canary test.
func (c *container) ran() [][]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.commands
}
