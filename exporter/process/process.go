// Package process sets what holds for a whole program that handles tokens.
package process

import "golang.org/x/sys/unix"

// Guard is called first by every main. No core is dumped, whatever the shell's
// limit is, and no other process of the same user may read this one's memory:
// tokens are in it. A kernel that knows neither is no reason not to run.
func Guard() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	undumpable()
}
