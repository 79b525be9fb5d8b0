package upstream

import (
	"net/http"
	"strings"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// meshWords are the words with which Envoy says why it answers in an upstream's
// place. TLS comes first: it is a kind of connection failure.
var meshWords = []struct {
	words string
	why   reason.Reason
}{
	{"WRONG_VERSION_NUMBER", reason.TLSNotTLS},
	{"UNSUPPORTED_PROTOCOL", reason.TLSVersion},
	{"PROTOCOL_VERSION", reason.TLSVersion},
	{"certificate has expired", reason.TLSExpired},
	{"verify SAN list", reason.TLSName},
	{"CERTIFICATE_VERIFY_FAILED", reason.TLSUntrusted},
	{"ALERT", reason.TLSClientCert},
	{"TLS error", reason.TLSUntrusted},
	{"TLS_error", reason.TLSUntrusted},

	{"no healthy upstream", reason.BreakerOpen},
	{"reset reason: overflow", reason.BreakerOpen},
	{"upstream request timeout", reason.Timeout},
	{"connection timeout", reason.ConnectTimeout},
	{"connection failure", reason.ConnectRefused},
	{"connection termination", reason.ConnectionReset},
	{"remote reset", reason.ConnectionReset},
}

// byMesh reports whether a reply with a 5xx status is Envoy's own: the upstream's
// carries how long that took.
func byMesh(reply *http.Response) bool {
	server := reply.Header.Get("Server")
	return reply.StatusCode >= 500 && (server == "envoy" || server == "istio-envoy") && reply.Header.Get("X-Envoy-Upstream-Service-Time") == ""
}

// meshReason says what Envoy's own answer means. Only a cluster without healthy
// hosts and a full one are its circuit breaker.
func meshReason(said string) reason.Reason {
	for _, row := range meshWords {
		if strings.Contains(said, row.words) {
			return row.why
		}
	}
	return reason.HTTP5xx
}
