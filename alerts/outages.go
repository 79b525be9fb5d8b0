package alerts

import "time"

// Outage is one fault of the lab, which has real components, and what is said
// about it. The lab plays every row, and every fault that it plays is a row.
type Outage struct {
	Fault
	// Where is the hop, or the endpoint, that the first alert names by a label;
	// "" where its own name says it.
	Where string
	// Onset is how long after the fault the first alert's expression is true.
	Onset time.Duration
}

var outages = []Outage{
	{Fault: Fault{Name: "rotation", Quiet: "a rotation that the copiers carry on is the flow at work"}},
	{Fault: Fault{Name: "nas-gone", Alerts: also(unavailable, burn)}},
	{Fault: Fault{Name: "sealed", Alerts: also([]string{"NASVaultSealed", burn}, unavailable...)}},
	{Fault: Fault{Name: "token-revoked", Alerts: []string{"NASTokenDeliveryBroken", "NASTokenInvalid", burn}}, Where: "token", Onset: 2 * time.Minute},
	{Fault: Fault{Name: "stuck", Alerts: drift}, Where: "docker_exec"},
	{Fault: Fault{Name: "docker-certificate", Alerts: also([]string{"NASCertificateExpiryImminent", "NASCertificateExpiring"}, unread...)}, Where: "docker"},
	{Fault: Fault{Name: "broker-off", Alerts: []string{"NASTokenBrokerSuspended", "NASTokenBrokerStale", "NASTokenFlowDegraded"}}, Where: "broker", Onset: 3 * time.Minute},
	// A stopped operator leaves the object ready, so only its age tells.
	{Fault: Fault{Name: "operator-gone", Alerts: []string{"NASExternalSecretStale", "NASTokenFlowDegraded"}}, Where: "external_secret", Onset: 15 * time.Minute},
	{Fault: Fault{Name: "secret-gone", Alerts: also(undelivered, burn)}, Where: "k8s_secret", Onset: 2 * time.Minute},
}

// Outages returns every fault of the lab with the alerts that it must raise.
func Outages() []Outage { return outages }
