package web

import (
	"bytes"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/prometheus/client_golang/prometheus/promhttp/zstd" // one more encoding of an answer
)

// Metrics serves the series that are asked for. It gathers and encodes once for all
// who wait meanwhile for the same, and then lets each of them read at a pace of its
// own: a slow client holds a reference to what all share, and nothing else.
func Metrics(series Series) http.Handler { return &exposition{series: series} }

type exposition struct {
	series  Series
	waiting atomic.Int64 // those who have no answer yet

	mu     sync.Mutex
	newest *encoded // nil where nobody waits for it
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
	gatherer, err := selected(x.series, r.URL.RawQuery)
	if err != nil {
		writeText(w, http.StatusBadRequest, err.Error()+"\n")
		return
	}
	x.waiting.Add(1)
	answer := x.answer(question{r.Header.Get("Accept"), r.Header.Get("Accept-Encoding"), r.URL.RawQuery}, gatherer, time.Now())
	if x.waiting.Add(-1) == 0 {
		x.forget()
	}
	maps.Copy(w.Header(), answer.header)
	w.Header().Set("Content-Length", strconv.Itoa(answer.body.Len()))
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body.Bytes()) // a client that went away is nobody's fault
}

// answer returns an answer that was begun after the question arrived.
func (x *exposition) answer(q question, gatherer prometheus.Gatherer, arrived time.Time) *encoded {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.newest == nil || x.newest.asked != q || x.newest.began.Before(arrived) {
		next := &encoded{began: time.Now(), asked: q, header: http.Header{}, status: http.StatusOK}
		promhttp.HandlerFor(gatherer, promhttp.HandlerOpts{EnableOpenMetrics: true}).ServeHTTP(next, &http.Request{
			Method: http.MethodGet, URL: &url.URL{RawQuery: q.query},
			Header: http.Header{"Accept": {q.accept}, "Accept-Encoding": {q.encoding}},
		})
		x.newest = next
	}
	return x.newest
}

// forget drops the newest answer, which may be hundreds of megabytes.
func (x *exposition) forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.newest = nil
}

// Header, WriteHeader and Write implement http.ResponseWriter.
func (e *encoded) Header() http.Header         { return e.header }
func (e *encoded) WriteHeader(status int)      { e.status = status }
func (e *encoded) Write(p []byte) (int, error) { return e.body.Write(p) }
