package upstream_test

import (
	"context"
	"crypto/tls"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// aged makes a file look as if it had been there for a while.
func aged(t *testing.T, path string) string {
	t.Helper()
	before := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, before, before); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestACertificateIsSwappedUnderAWarmConnection: the next cold check sees it, no
// session ticket hides it, and what it said stays so.
func TestACertificateIsSwappedUnderAWarmConnection(t *testing.T) {
	ca := newAuthority(t)
	good, expired := ca.leaf("127.0.0.1", time.Hour), ca.leaf("127.0.0.1", -time.Hour)
	var shown atomic.Pointer[tls.Certificate]
	shown.Store(&good)
	resumed := func(state tls.ConnectionState) error {
		if state.DidResume {
			t.Error("got an old session resumed")
		}
		return nil
	}
	server := serveTLS(t, &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return &tls.Config{Certificates: []tls.Certificate{*shown.Load()}, VerifyConnection: resumed}, nil
	}})
	vault := reused(t, config.Vault{Address: server.URL, TLS: &config.TLS{CAFile: aged(t, write(t, "CERTIFICATE", ca.cert.Raw))}})
	cold := upstream.Cold(t.Context())
	for _, step := range []struct {
		what          string
		ctx           context.Context
		cert          *tls.Certificate
		opened, again int
		met           tls.Certificate
		want          reason.Reason
	}{
		{"the first", t.Context(), &good, 1, 0, good, ""},
		{"warm", t.Context(), &good, 0, 1, good, ""},
		{"warm, on what was shown before", t.Context(), &expired, 0, 1, good, ""},
		{"cold", cold, &expired, 1, 0, expired, reason.TLSExpired},
		{"not cold", t.Context(), &expired, 1, 0, expired, reason.TLSExpired},
		{"mended", t.Context(), &good, 1, 0, good, ""},
		{"cold and good", cold, &good, 1, 0, good, ""},
		{"warm again", t.Context(), &good, 0, 1, good, ""},
	} {
		shown.Store(step.cert)
		trace, err := check(step.ctx, vault)
		wants(t, step.what, trace, err, step.opened, step.again, step.want)
		if len(trace.Certificates) != 1 || !trace.Certificates[0].NotAfter.Equal(step.met.Leaf.NotAfter) {
			t.Errorf("%s: got certificates %v, want the one that ends at %s", step.what, trace.Certificates, step.met.Leaf.NotAfter)
		}
	}
}

// TestARotatedCAFileCountsAtOnce, also under a warm connection.
func TestARotatedCAFileCountsAtOnce(t *testing.T) {
	ca := newAuthority(t)
	server := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.leaf("127.0.0.1", time.Hour)}})
	caFile := aged(t, write(t, "CERTIFICATE", ca.cert.Raw))
	vault := reused(t, config.Vault{Address: server.URL, TLS: &config.TLS{CAFile: caFile}})
	for range 2 {
		if _, err := check(t.Context(), vault); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(aged(t, write(t, "CERTIFICATE", newAuthority(t).cert.Raw)), caFile); err != nil {
		t.Fatal(err)
	}
	trace, err := check(t.Context(), vault)
	wants(t, "another CA", trace, err, 1, 0, reason.TLSUntrusted)
}
