package upstream_test

import (
	"net/http"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestWhatEnvoySaysInTheUpstreamsPlace: every 503 of a sidecar was breaker_open.
func TestWhatEnvoySaysInTheUpstreamsPlace(t *testing.T) {
	const before = "upstream connect error or disconnect/reset before headers. "
	for _, tc := range []struct {
		status       int
		server, said string
		want         reason.Reason
	}{
		{503, "envoy", "no healthy upstream", reason.BreakerOpen},
		{503, "istio-envoy", before + "reset reason: overflow", reason.BreakerOpen},
		{503, "envoy", before + "reset reason: connection failure", reason.ConnectRefused},
		{503, "envoy", before + "reset reason: remote connection failure, transport failure reason: delayed connect error: 111", reason.ConnectRefused},
		{503, "envoy", before + "reset reason: connection timeout", reason.ConnectTimeout},
		{503, "envoy", before + "reset reason: connection termination", reason.ConnectionReset},
		{504, "envoy", "upstream request timeout", reason.Timeout},
		{503, "envoy", before + "reset reason: connection failure, transport failure reason: TLS error: 268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED", reason.TLSUntrusted},
		{503, "envoy", before + "reset reason: remote connection failure, transport failure reason: TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: verify SAN list:TLS_error_end", reason.TLSName},
		{503, "envoy", before + "reset reason: connection failure, transport failure reason: TLS error: 268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER", reason.TLSNotTLS},
		{503, "envoy", before + "reset reason: connection failure, transport failure reason: TLS error: 268436496:SSL routines:OPENSSL_internal:SSLV3_ALERT_CERTIFICATE_UNKNOWN", reason.TLSClientCert},
		{503, "envoy", before + "reset reason: connection failure, transport failure reason: TLS error: 268435696:SSL routines:OPENSSL_internal:UNSUPPORTED_PROTOCOL", reason.TLSVersion},
		{503, "envoy", before + "reset reason: remote connection failure, transport failure reason: TLS_error:|268436526:SSL routines:OPENSSL_internal:TLSV1_ALERT_PROTOCOL_VERSION:TLS_error_end", reason.TLSVersion},
		{503, "envoy", before + "reset reason: remote connection failure, transport failure reason: TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: X509_verify_cert: certificate verification error at depth 0: certificate has expired:TLS_error_end", reason.TLSExpired},
		{503, "envoy", before + "reset reason: connection failure, transport failure reason: TLS error: Secret is not supplied by SDS", reason.TLSUntrusted},
		{503, "envoy", before + "reset reason: remote connection failure, transport failure reason: TLS_error:|33554536:system library:OPENSSL_internal:Connection reset by peer:TLS_error_end", reason.TLSUntrusted},
		{503, "envoy", before + "reset reason: remote reset", reason.ConnectionReset},
		{503, "envoy", "", reason.HTTP5xx},
		{503, "nginx", "no healthy upstream", reason.HTTP5xx},
		{403, "envoy", "RBAC: access denied", reason.ProxyRefused},
	} {
		_, err := health(t, config.Vault{Address: answers(t, tc.status, http.Header{"Server": {tc.server}}, tc.said)})
		if reason.Of(err) != tc.want {
			t.Errorf("%s %d %q: got %v, want reason %q", tc.server, tc.status, tc.said, err, tc.want)
		}
	}
}
