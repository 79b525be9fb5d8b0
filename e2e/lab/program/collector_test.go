package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	collect "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func TestCollectorKeepsWhatItIsSent(t *testing.T) {
	batch, err := proto.Marshal(&collect.ExportTraceServiceRequest{ResourceSpans: []*otlp.ResourceSpans{{ScopeSpans: []*otlp.ScopeSpans{{Spans: []*otlp.Span{{
		TraceId: []byte{1, 2}, SpanId: []byte{3}, ParentSpanId: []byte{4}, Name: "check token",
		Status:     &otlp.Status{Code: otlp.Status_STATUS_CODE_ERROR, Message: "revoked"},
		Attributes: []*common.KeyValue{{Key: "hop", Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: "token"}}}},
	}}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	c := &collector{}
	for want, body := range map[int][]byte{http.StatusOK: batch, http.StatusBadRequest: []byte("no protobuf")} {
		w := httptest.NewRecorder()
		c.take(w, httptest.NewRequest(http.MethodPost, "/v1/traces", bytes.NewReader(body)))
		if w.Code != want {
			t.Errorf("got status %d, want %d", w.Code, want)
		}
	}
	w := httptest.NewRecorder()
	c.tell(w, httptest.NewRequest(http.MethodGet, "/", nil))
	var got []span
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := []span{{Trace: "0102", ID: "03", Parent: "04", Name: "check token", Error: "revoked", Attributes: map[string]string{"hop": "token"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}
