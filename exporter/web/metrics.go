package web

import (
	"bytes"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics serves what g gathers. It gathers and encodes once for all who wait
// meanwhile and then lets each of them read at a pace of its own: a slow client
// holds a reference to what all share, and nothing else.
func Metrics(g prometheus.Gatherer) http.Handler {
	return &exposition{handler: promhttp.HandlerFor(g, promhttp.HandlerOpts{EnableOpenMetrics: true})}
}

type exposition struct {
	handler http.Handler

	mu     sync.Mutex
	newest *encoded
}

// encoded is one answer to all who asked in the same way.
type encoded struct {
	began  time.Time
	asked  question
	header http.Header
	status int
	body   bytes.Buffer
}

// question is everything of a request that decides on the answer.
type question struct{ accept, encoding, query string }

// ServeHTTP implements http.Handler.
func (x *exposition) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := x.answer(question{r.Header.Get("Accept"), r.Header.Get("Accept-Encoding"), r.URL.RawQuery}, time.Now())
	maps.Copy(w.Header(), answer.header)
	w.Header().Set("Content-Length", strconv.Itoa(answer.body.Len()))
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body.Bytes()) // a client that went away is nobody's fault
}

// answer returns an answer that was begun after the question arrived.
func (x *exposition) answer(q question, arrived time.Time) *encoded {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.newest == nil || x.newest.asked != q || x.newest.began.Before(arrived) {
		next := &encoded{began: time.Now(), asked: q, header: http.Header{}, status: http.StatusOK}
		x.handler.ServeHTTP(next, &http.Request{
			Method: http.MethodGet, URL: &url.URL{RawQuery: q.query},
			Header: http.Header{"Accept": {q.accept}, "Accept-Encoding": {q.encoding}},
		})
		x.newest = next
	}
	return x.newest
}

// Header, WriteHeader and Write implement http.ResponseWriter.
func (e *encoded) Header() http.Header         { return e.header }
func (e *encoded) WriteHeader(status int)      { e.status = status }
func (e *encoded) Write(p []byte) (int, error) { return e.body.Write(p) }
