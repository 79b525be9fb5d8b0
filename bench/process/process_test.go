package process_test

import (
	"os"
	"testing"

	"homelab.io/vault-health-exporter/bench/process"
)

// TestWhatIsCountedIsOfTheKernel reads a process that is known: this one.
func TestWhatIsCountedIsOfTheKernel(t *testing.T) {
	before, err := process.Time(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for after := before; after <= before; { // ends with the test's timeout where nothing is counted
		if after, err = process.Time(os.Getpid()); err != nil {
			t.Fatal(err)
		}
	}
	resident, err := process.Resident(os.Getpid())
	if err != nil || resident < 1<<20 {
		t.Errorf("the memory: got %d bytes and the error %v, want at least a MiB", resident, err)
	}
}
