package chaos

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// Front is what stands before a server and answers the exporter in its place, or
// shakes hands in its place. Whoever else asks the server does not pass it.
type Front struct {
	Link Link
	Does Answer
	// SparesHealth says that it lets a Vault say how it is.
	SparesHealth bool
}

// Answer is how a front answers.
type Answer string

// The answers, then the handshakes.
const (
	Redirects    Answer = "redirects"    // to a sign-in page
	ShowsPage    Answer = "shows_page"   // with the sign-in page itself
	BadGateway   Answer = "bad_gateway"  // status 502
	Unauthorizes Answer = "unauthorizes" // status 401, in the server's own words
	Refuses      Answer = "refuses"      // status 403, in a proxy's words
	Throttles    Answer = "throttles"    // status 429
	Trips        Answer = "trips"        // a mesh that has no healthy host
	Puzzles      Answer = "puzzles"      // status 405 of the server's own, for no reason
	CutsShort    Answer = "cuts_short"   // half of an answer

	CertExpired   Answer = "cert_expired"
	CertCAExpired Answer = "cert_ca_expired"
	CertUntrusted Answer = "cert_untrusted"
	CertName      Answer = "cert_name"
	CertNoSAN     Answer = "cert_no_san"
	TLSOld        Answer = "tls_old"
	WantsCert     Answer = "wants_cert"
	NoTLS         Answer = "no_tls"
)

// Handshakes reports whether it is seen in the handshake of TLS.
func (f Front) Handshakes() bool {
	return slices.ContainsFunc(answers, func(row answerRow) bool { return row.answer == f.Does && row.reason.Group() == reason.TLS })
}

type answerRow struct {
	name, does string
	answer     Answer
	reason     reason.Reason
	sparing    bool
	// at are the links where it is played, nil for all; what lacks is played by a
	// fault of its own.
	at []Link
	// but is the reason at a link where it is another one.
	but map[Link]reason.Reason
}

var (
	notNAS    = []Link{LinkDocker, LinkMainVault, LinkKubernetes}
	notDocker = []Link{LinkNASVault, LinkMainVault, LinkKubernetes}
)

var answers = []answerRow{
	{name: "redirected", does: "sends every request to a sign-in page", answer: Redirects, reason: reason.Redirected},
	{name: "page", does: "shows a sign-in page", answer: ShowsPage, reason: reason.MalformedResponse, at: notNAS},
	{name: "502", does: "says that the gateway is bad", answer: BadGateway, reason: reason.HTTP5xx, at: notNAS},
	{name: "unauthorized", does: "takes no credentials", answer: Unauthorizes, reason: reason.Unauthorized, sparing: true},
	{
		name: "fenced", does: "refuses every request in the words of a proxy", answer: Refuses, reason: reason.ProxyRefused,
		at: []Link{LinkDocker, LinkNASVault, LinkMainVault}, but: map[Link]reason.Reason{LinkDocker: reason.Forbidden},
	},
	{name: "throttled", does: "limits the rate to nothing", answer: Throttles, reason: reason.RateLimited, sparing: true},
	{name: "choked", does: "limits the rate to nothing, that of questions for its health too", answer: Throttles, reason: reason.RateLimited, at: []Link{LinkNASVault}},
	{name: "tripped", does: "is a mesh whose circuit breaker is open", answer: Trips, reason: reason.BreakerOpen},
	{name: "puzzled", does: "allows the method of no request", answer: Puzzles, reason: reason.HTTPUnexpected},
	{name: "half", does: "ends in the middle of every answer", answer: CutsShort, reason: reason.Truncated},

	{name: "cert-expired", does: "shows a certificate that expired an hour ago", answer: CertExpired, reason: reason.TLSExpired, at: notDocker},
	{name: "cert-ca-expired", does: "shows a certificate that an expired CA signed", answer: CertCAExpired, reason: reason.TLSCAExpired},
	{name: "cert-untrusted", does: "shows a certificate that another CA signed", answer: CertUntrusted, reason: reason.TLSUntrusted},
	{name: "cert-name", does: "shows a certificate of another name", answer: CertName, reason: reason.TLSName},
	{name: "cert-no-san", does: "shows a certificate with a common name alone", answer: CertNoSAN, reason: reason.TLSNoSAN},
	{name: "tls-old", does: "speaks TLS 1.1", answer: TLSOld, reason: reason.TLSVersion},
	{name: "wants-cert", does: "wants a client certificate where none is configured", answer: WantsCert, reason: reason.TLSClientCertMissing, at: notDocker},
	{name: "no-tls", does: "speaks no TLS", answer: NoTLS, reason: reason.TLSNotTLS},
}

// fronted makes the faults of what stands before the servers.
func fronted() []Fault {
	var all []Fault
	for _, l := range across {
		for _, row := range answers {
			if row.at != nil && !slices.Contains(row.at, l.link) {
				continue
			}
			why := cmp.Or(row.but[l.link], row.reason)
			f := Fault{
				Name: l.prefix + "-" + row.name, Does: fmt.Sprintf("What stands before %s %s.", l.server, row.does),
				Hop: l.blamed, Reason: why, Embedded: &Tier{Alerts: l.alerts},
				Front: &Front{Link: l.link, Does: row.answer, SparesHealth: row.sparing},
			}
			fails := l.fails
			if row.sparing && l.link == LinkNASVault {
				f.Hop, fails = flow.NASKV, l.fails[1:]
			}
			if told, ok := toldOf[f.Name]; ok {
				f.Embedded = &Tier{Alerts: told}
			}
			var seen []string
			for _, h := range fails {
				seen = append(seen, fmt.Sprintf("%s %s", h, why))
			}
			f.Seen = strings.Join(seen, ", ")
			all = append(all, f)
		}
	}
	return all
}

// toldOf is who is told where it is not who is told of every failure of the link.
var toldOf = func() map[string][]string {
	told := map[string][]string{
		"nas-unauthorized": unaided, "nas-throttled": unaided,
		"main-cert-expired": append([]string{certExpired}, unread...),
	}
	for _, row := range answers {
		if name := "nas-" + row.name; told[name] == nil {
			told[name] = also(unavailable, burn, slowBurn)
		}
	}
	told["nas-cert-expired"] = append(told["nas-cert-expired"], certExpired)
	told["k8s-cert-expired"] = also(unseen, certExpired)
	return told
}()
