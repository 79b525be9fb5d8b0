package chaos

import "slices"

// What several faults raise. An alert on one hop, like these three, is inhibited
// by a page that explains it; all of them are in the table nevertheless.
var (
	unread      = []string{"QNAPTokenRetrievalFailure", "NASTokenNotFresh", "NASTokenFlowDegraded"}
	sourceGone  = also(unread, "NASTokenBrokerFailed", "NASTokenBrokerStale")
	unavailable = []string{
		"NASVaultUnavailable", "QNAPTokenRetrievalFailure", "NASTokenNotFresh", "NASTokenFlowDegraded",
		"NASPKIIssuanceFailing", "NASTransitFailing", "NASVaultNotAnswering",
	}
	// Another Vault refuses the applications' token too.
	replaced = []string{
		"NASTokenDeliveryBroken", "NASVaultReplaced", "NASVaultUnavailable", "NASVaultNotAnswering", "QNAPTokenRetrievalFailure",
		"NASTokenNotFresh", "NASTokenInvalid", "NASTokenBrokerFailed", "NASTokenBrokerStale", "NASPKIIssuanceFailing", "NASTransitFailing", burn,
	}
	unissued = []string{"NASPKIIssuanceFailing", "NASTokenFlowDegraded"}
	keyless  = []string{"NASTransitFailing", "NASTokenFlowDegraded"}
	// The NAS Vault says that it is well, and takes no request of the exporter's.
	unaided     = also(unread, "NASPKIIssuanceFailing", "NASTransitFailing")
	undelivered = []string{"NASTokenDeliveryBroken", "QNAPTokenRetrievalFailure", "NASTokenNotFresh"}
	unseen      = []string{"NASTokenDeliveryUnknown", "QNAPTokenRetrievalFailure", "NASTokenNotFresh", "NASTokenBrokerStale"}
	expired     = also([]string{"NASCertificateExpiryImminent", "NASCertificateExpiring"}, unread...)
	mainAway    = also(unread, "NASExternalSecretNotReady", "NASExternalSecretStale", "NASTokenBrokerFailed", "NASTokenBrokerStale")
	copyGone    = also(unread, "NASExternalSecretNotReady", "NASExternalSecretStale")
	spoilt      = also(undelivered, burn)
	drift       = []string{"NASTokenDrift", "NASTokenFlowDegraded"}
)

const (
	burn        = "NASErrorBudgetBurn1h"
	slowPKI     = "NASPKIIssuanceSlow"
	slowBurn    = "NASErrorBudgetBurn6h"
	certExpired = "NASCertificateExpiryImminent"
	carriedOn   = "a rotation that the copiers carry on is the flow at work"
)

func also(alerts []string, more ...string) []string { return slices.Concat(alerts, more) }

// Standing are the alerts that fire while nothing is broken: one that says that
// alerts get through, and one that says that the flow hands out a root token, as
// the flow that this project was made for does.
func Standing() []string { return []string{"Watchdog", "NASTokenRoot"} }
