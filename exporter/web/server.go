package web

import (
	"log/slog"
	"net/http"
	"syscall"
	"time"
)

// The limits of a client. Each is far from what a scraper or a browser needs.
const (
	headerTimeout  = 5 * time.Second
	requestTimeout = 10 * time.Second // to send a request and its body
	answerTimeout  = 10 * time.Second // to read the answer, once it is there
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 16 << 10
	maxStreams     = 16 // of one HTTP/2 connection
)

// maxConnections is how many connections are kept where descriptors allow it.
const maxConnections = 256

// NewServer makes a server that nobody can stop by being slow, idle or many.
// What it has to say goes to log.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		ConnState:         newRoom(connections()).enter,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// connections returns how many connections a server may keep: a quarter of the
// descriptors that the process may open, so that the rest is left for checks.
func connections() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return maxConnections
	}
	return int(min(max(limit.Cur/4, 4), maxConnections))
}
