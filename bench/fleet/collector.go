package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"

	otlp "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector receives spans over OTLP and counts them.
type collector struct {
	*httptest.Server
	got atomic.Int64
}

func collect() *collector {
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(c.receive))
	return c
}

func (c *collector) receive(w http.ResponseWriter, r *http.Request) {
	var batch otlp.ExportTraceServiceRequest
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<20))
	if err == nil {
		err = proto.Unmarshal(body, &batch)
	}
	if err != nil {
		http.Error(w, "no batch of spans", http.StatusBadRequest)
		return
	}
	for _, from := range batch.GetResourceSpans() {
		for _, scope := range from.GetScopeSpans() {
			c.got.Add(int64(len(scope.GetSpans())))
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}
