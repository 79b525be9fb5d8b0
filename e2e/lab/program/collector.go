package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"sync"

	collect "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

const (
	// collectorAddress is where the collector listens in its container.
	collectorAddress = ":4318"
	// maxSpans is how many of the newest are kept.
	maxSpans = 20_000
)

// span is one span, in the words of a trace viewer.
type span struct {
	Trace      string            `json:"trace"`
	ID         string            `json:"id"`
	Parent     string            `json:"parent,omitempty"`
	Name       string            `json:"name"`
	Error      string            `json:"error,omitempty"` // the status' message, where it is an error
	Attributes map[string]string `json:"attributes"`
}

// collector stands where a trace store does: it keeps the spans that it is sent.
type collector struct {
	mu    sync.Mutex
	spans []span
}

// runCollector serves until ctx ends: POST /v1/traces takes OTLP, GET / returns
// the newest spans.
func runCollector(ctx context.Context, _ []string) int {
	c := &collector{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", c.take)
	mux.HandleFunc("GET /", c.tell)
	return listen(ctx, collectorAddress, mux)
}

func (c *collector) take(w http.ResponseWriter, r *http.Request) {
	var batch collect.ExportTraceServiceRequest
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
	if err == nil {
		err = proto.Unmarshal(body, &batch)
	}
	if err != nil {
		http.Error(w, "reading the spans: they are not OTLP's", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range batch.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, s := range scope.Spans {
				kept := span{
					Trace: hex.EncodeToString(s.TraceId), ID: hex.EncodeToString(s.SpanId), Parent: hex.EncodeToString(s.ParentSpanId),
					Name: s.Name, Error: s.GetStatus().GetMessage(), Attributes: map[string]string{},
				}
				for _, a := range s.Attributes {
					kept.Attributes[a.Key] = a.Value.GetStringValue()
				}
				c.spans = append(c.spans, kept)
			}
		}
	}
	c.spans = c.spans[max(0, len(c.spans)-maxSpans):]
}

func (c *collector) tell(w http.ResponseWriter, _ *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(append([]span{}, c.spans...))
}
