package main

import (
	"slices"
	"testing"
)

func TestRunTwice(t *testing.T) {
	logs, err := runTwice(t.Context(), []string{"sh", "-c", "echo done >&2"})
	if err != nil || !slices.Equal(logs, []string{"done\n", "done\n"}) {
		t.Errorf("got %q and error %v", logs, err)
	}
	_, err = runTwice(t.Context(), []string{"false"})
	if err == nil {
		t.Error("got no error of a command that failed")
	}
}
