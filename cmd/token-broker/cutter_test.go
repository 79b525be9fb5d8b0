package main

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// cutter counts the requests to several servers and interrupts the client at
// one of them, as a killed program is interrupted.
type cutter struct {
	mu sync.Mutex
	n  int
	// At is the request to cut at, counted from 1; 0 is none.
	At int
	// Before, where set, says whether to cut before a request.
	Before func(request string) bool
	// After says that the request takes effect, and only its answer is lost.
	After bool
	// Cut ends the client.
	Cut func()
	// Seen, where set, is called after each request that took effect.
	Seen func()
	// Log lists the requests.
	Log []string
}

// Count returns the number of requests so far.
func (c *cutter) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// Wrap puts the cutter before a server.
func (c *cutter) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.n++
		request := r.Method + " " + r.URL.Path
		now := c.n == c.At || c.Before != nil && c.Before(request)
		c.Log = append(c.Log, request)
		c.mu.Unlock()
		if now && !c.After {
			c.end(r)
		}
		answer := &recorded{ResponseWriter: w, lost: now}
		next.ServeHTTP(answer, r)
		if c.Seen != nil {
			c.Seen()
		}
		if now {
			c.end(r)
		}
	})
}

// end waits until the client has noticed, so that nothing else is its reason
// to fail. A log-out goes on when its run is over: it loses its connection.
func (c *cutter) end(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // only then does the server watch the connection
	c.Cut()
	if !strings.HasSuffix(r.URL.Path, "/auth/token/revoke-self") {
		select {
		case <-r.Context().Done():
		case <-time.After(time.Minute): // bounds a hang
		}
	}
	panic(http.ErrAbortHandler)
}

// recorded keeps an answer that shall be lost from the client.
type recorded struct {
	http.ResponseWriter
	lost bool
	body bytes.Buffer
}

// Write implements http.ResponseWriter.
func (r *recorded) Write(p []byte) (int, error) {
	if r.lost {
		return r.body.Write(p)
	}
	return r.ResponseWriter.Write(p)
}

// WriteHeader implements http.ResponseWriter.
func (r *recorded) WriteHeader(status int) {
	if !r.lost {
		r.ResponseWriter.WriteHeader(status)
	}
}

// Unwrap lets a server take over the connection.
func (r *recorded) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// canary is in every token that the Vaults of these tests issue, and nowhere else.
const canary = "CANARY"

// leaks reports whether a text holds a token.
func leaks(text string) bool { return strings.Contains(text, canary) }
