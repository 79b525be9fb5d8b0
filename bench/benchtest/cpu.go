// Package benchtest measures what benchmarks take in processor time: of wall time
// whatever else the machine does is a part.
package benchtest

import (
	"syscall"
	"testing"
	"time"
)

// CPU runs do and adds what this process spent on it, as the metric cpu-ns/op.
func CPU(b *testing.B, do func() error) {
	b.Helper()
	b.ReportAllocs()
	var runs int
	before := spent(b)
	for b.Loop() {
		if err := do(); err != nil {
			b.Fatal(err)
		}
		runs++
	}
	b.ReportMetric(float64(spent(b)-before)/float64(runs), "cpu-ns/op")
}

// spent is the processor time of this process.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
