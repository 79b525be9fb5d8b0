package main

import (
	"bytes"
	"context"
	"os/exec"
	"testing"
	"time"
)

func TestKillAfter(t *testing.T) {
	script := `for i in 1 2; do echo 'msg="step done" step='$i >&2; done; exec sleep 60`
	for _, test := range []struct {
		name, script, want string
		steps              int
		timeout            time.Duration
		logged             int
	}{
		{"after the second step", script, "killed", 2, time.Minute, 2},
		{"in time", "exec sleep 60", "killed", 0, 10 * time.Millisecond, 0},
		{"too late", "true", "ended", 1, time.Minute, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), test.timeout)
			defer cancel()
			var logged bytes.Buffer
			got, err := killAfter(ctx, test.steps, &logged, exec.Command("sh", "-c", test.script))
			if err != nil || got != test.want {
				t.Errorf("got %q and error %v, want %q", got, err, test.want)
			}
			if lines := bytes.Count(logged.Bytes(), []byte("\n")); lines < test.logged {
				t.Errorf("got %d lines passed on, want at least %d", lines, test.logged)
			}
		})
	}
}
