// Package liblog keeps what libraries have to say off the program's streams.
//
// A library does not know what is a secret: net/http prints the bytes that a
// server sends unasked, which can be a token. Each library logger that is linked
// into a binary is taken over, here or where its library is set up.
package liblog

import (
	"io"
	"log"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"k8s.io/klog/v2"
)

// The libraries' loggers belong to the process, so they are taken over once;
// whoever does it again is the one who is told from then on.
var (
	once sync.Once
	told atomic.Pointer[slog.Logger]
)

// TakeOver drops what libraries log. That one of them did is told to own at
// debug level, with the function that did and none of its words.
func TakeOver(own *slog.Logger) {
	told.Store(own)
	once.Do(func() {
		log.SetFlags(0)
		log.SetOutput(dropped{})
		klog.SetSlogLogger(slog.New(slog.DiscardHandler))
		klog.SetOutput(io.Discard) // what it writes beside a logger of ours
	})
}

// dropped is where the standard library's logger writes.
type dropped struct{}

// Write implements io.Writer.
func (dropped) Write(p []byte) (int, error) {
	told.Load().Debug("a library logged; its words are dropped", "function", caller())
	return len(p), nil
}

// caller names the function that called the standard library's logger.
func caller() string {
	pcs := make([]uintptr, 16)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "log.") || !more {
			return f.Function
		}
	}
}
