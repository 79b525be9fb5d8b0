//go:build unix

package upstream

import (
	"os/exec"
	"syscall"
)

// inOwnGroup has cmd killed with all that it started when its time is over.
func inOwnGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
