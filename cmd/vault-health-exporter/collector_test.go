package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestSpansAreNotRedirected: the API key went along, to whatever host.
func TestSpansAreNotRedirected(t *testing.T) {
	for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		var elsewhere, asked atomic.Int32
		other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
		defer other.Close()
		collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			if r.Header.Get("Api-Key") != "KEYkeyKEY" {
				t.Error("got no API key")
			}
			http.Redirect(w, r, other.URL, status)
		}))
		defer collector.Close()
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
		t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=KEYkeyKEY")
		exit, _, stderr := lookOnce(t, "")
		if exit != exitOK || asked.Load() == 0 || elsewhere.Load() != 0 || !strings.Contains(stderr, "reason=redirected") {
			t.Errorf("status %d: got exit code %d, %d requests, %d elsewhere, and %q", status, exit, asked.Load(), elsewhere.Load(), stderr)
		}
	}
}

// TestACollectorsReplyIsBounded.
func TestACollectorsReplyIsBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for blob := make([]byte, 1<<16); ; {
			if _, err := w.Write(blob); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	if exit, _, stderr := lookOnce(t, ""); exit != exitOK || !strings.Contains(stderr, "reason=malformed_response") {
		t.Errorf("got exit code %d and %q", exit, stderr)
	}
}
