//go:build e2e

package e2e

import (
	"os"
	"strconv"
	"testing"
)

// defaultSeed makes every run the same; SEED= chooses another one.
const defaultSeed = 20260101

// seed is what replays a run.
func seed(t *testing.T) int64 {
	t.Helper()
	chosen := int64(defaultSeed)
	if text := os.Getenv("SEED"); text != "" {
		var err error
		chosen, err = strconv.ParseInt(text, 10, 64)
		must(t, err)
	}
	t.Logf("SEED=%d replays this run", chosen)
	return chosen
}
