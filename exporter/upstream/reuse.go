package upstream

import (
	"context"
	"math"
	"net/http"
	"net/http/httptrace"
	"time"
)

// reuse sends a request over a connection that may have been opened before. What
// fails on such a one is tried once on a new one, because it says as much of what
// lies between as of the server: it may be closed there, or forgotten on the way,
// where nothing answers. So a used connection has half of the time that is left.
func (t transport) reuse(req *http.Request) (*http.Response, error) {
	a := &asking{ctx: req.Context(), dialer: t.dialer}
	ctx, cancel := context.WithCancel(req.Context()) // by the end of the request's own
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		got.Conn.(*askedConn).serve(a, got.Reused)
	}})
	late := time.AfterFunc(halfOf(ctx), func() {
		if a.reuses() {
			cancel()
		}
	})
	reply, err := t.send(ctx, a, req)
	inTime := late.Stop()
	if err == nil && inTime || !a.reuses() || req.Context().Err() != nil {
		return reply, err
	}
	if err == nil {
		_ = reply.Body.Close()
	}
	cancel()
	t.over.CloseIdleConnections() // opened as long ago as this one
	again := req.WithContext(req.Context())
	if body, ok := req.Body.(*cleared); ok {
		again.Body = copied(body.of)
	}
	t.dialer.forget()
	return transport{over: fresh, dialer: t.dialer}.RoundTrip(again)
}

// halfOf is half of what is left of a context's time, endless without a deadline.
func halfOf(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return time.Until(deadline) / 2
	}
	return math.MaxInt64
}
