package upstream_test

import (
	"net/http"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// TestTheCollectorSendsSpansNowhereElse: a redirect is not followed.
func TestTheCollectorSendsSpansNowhereElse(t *testing.T) {
	client, err := upstream.CollectorClient(&config.TLS{}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Post(answers(t, 307, http.Header{"Location": {"http://127.0.0.1:1/"}}, ""), "application/json", nil)
	if reason.Of(err) != reason.Redirected {
		t.Errorf("got %v, want reason %q", err, reason.Redirected)
	}
}
