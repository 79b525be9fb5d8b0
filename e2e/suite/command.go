package suite

import (
	"context"
	"os/exec"
	"syscall"
	"time"
)

// patience is how long a program may take to end after it was asked to.
const patience = time.Minute

// command is a program that runs in the tree's root. When ctx ends, it and all
// that it has started are asked to end, as a terminal would: what go test runs is
// a process of its own, and would outlive it.
func (b *Bench) command(ctx context.Context, name string, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, arguments...) // #nosec G204 -- of the tables of this package
	cmd.Dir, cmd.WaitDelay = b.Root, patience
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	return cmd
}
