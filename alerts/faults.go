package alerts

import "slices"

// Fault is one way to break the flow, and what must be said about it.
type Fault struct {
	// Name is that of a fault of the embedded flow (chaos/homelab), or of an
	// outage of the lab (e2e).
	Name string
	// Alerts are raised if the fault lasts. A person is told of the first; the
	// others may be inhibited by it, and none of them is another page.
	Alerts []string
	// Quiet says why nothing may be raised; set exactly where Alerts is empty.
	Quiet string
}

// What several faults raise. An alert on one hop, like these three, is inhibited
// by a page that explains it; all of them are in the table nevertheless.
var (
	unread      = []string{"QNAPTokenRetrievalFailure", "NASTokenNotFresh", "NASTokenFlowDegraded"}
	sourceGone  = also(unread, "NASTokenBrokerFailed")
	unavailable = []string{
		"NASVaultUnavailable", "QNAPTokenRetrievalFailure", "NASTokenNotFresh", "NASTokenFlowDegraded",
		"NASPKIIssuanceFailing", "NASTransitFailing", "NASVaultNotAnswering",
	}
	unissued    = []string{"NASPKIIssuanceFailing", "NASTokenFlowDegraded"}
	keyless     = []string{"NASTransitFailing", "NASTokenFlowDegraded"}
	undelivered = []string{"NASTokenDeliveryBroken", "QNAPTokenRetrievalFailure", "NASTokenNotFresh"}
	unseen      = []string{"NASTokenDeliveryUnknown", "QNAPTokenRetrievalFailure", "NASTokenNotFresh"}
	drift       = []string{"NASTokenDrift", "NASTokenFlowDegraded"}
	burn        = "NASErrorBudgetBurn1h"
)

// faults is in data-flow order.
var faults = []Fault{
	{Name: "docker-down", Alerts: unread},
	{Name: "docker-cert-expired", Alerts: append([]string{"NASCertificateExpiryImminent", "NASCertificateExpiring"}, unread...)},
	{Name: "docker-client-cert", Alerts: unread},
	{Name: "container-stopped", Alerts: unread},
	{Name: "container-paused", Alerts: unread},
	{Name: "container-missing", Alerts: unread},
	{Name: "file-missing", Alerts: unread},
	{Name: "file-permission", Alerts: unread},
	{Name: "file-empty", Alerts: unread},
	{Name: "file-malformed", Alerts: unread},
	{Name: "file-two-lines", Alerts: unread},
	{Name: "file-stuck", Alerts: drift},
	{Name: "nas-down", Alerts: also(unavailable, burn)},
	{Name: "nas-slow", Alerts: also(unavailable, burn)},
	{Name: "nas-5xx", Alerts: also(unavailable, burn)},
	// The broker keeps the token and succeeds while the NAS Vault does not serve;
	// something else in its place fails its Jobs.
	{Name: "nas-garbage", Alerts: also(unavailable, burn, "NASTokenBrokerFailed")},
	// It refuses the applications' token too.
	{Name: "nas-other", Alerts: []string{
		"NASTokenDeliveryBroken", "NASVaultReplaced", "NASVaultUnavailable", "NASVaultNotAnswering", "QNAPTokenRetrievalFailure", "NASTokenNotFresh",
		"NASTokenInvalid", "NASTokenBrokerFailed", "NASPKIIssuanceFailing", "NASTransitFailing", burn,
	}},
	{Name: "uninitialized", Alerts: append([]string{"NASVaultUninitialized", burn}, unavailable...)},
	{Name: "seal", Alerts: append([]string{"NASVaultSealed", burn}, unavailable...)},
	{Name: "standby", Alerts: append([]string{"NASVaultStandby", burn}, unavailable...)},
	{Name: "kv-deleted", Alerts: sourceGone},
	{Name: "kv-destroyed", Alerts: sourceGone},
	{Name: "kv-key-missing", Alerts: sourceGone},
	{Name: "broker-suspended", Alerts: []string{"NASTokenBrokerSuspended", "NASTokenFlowDegraded"}},
	{Name: "broker-failed", Alerts: []string{"NASTokenBrokerFailed", "NASTokenFlowDegraded"}},
	{Name: "main-sealed", Alerts: also(unread, "NASExternalSecretNotReady", "NASTokenBrokerFailed")},
	{Name: "main-forbidden", Alerts: unread},
	{Name: "main-kv-deleted", Alerts: also(unread, "NASExternalSecretNotReady")},
	{Name: "eso-stopped", Alerts: []string{"NASExternalSecretNotReady", "NASTokenFlowDegraded"}},
	{Name: "secret-deleted", Alerts: also(undelivered, burn)},
	{Name: "secret-corrupt", Alerts: also(undelivered, burn)},
	{Name: "secret-key-missing", Alerts: also(undelivered, burn)},
	{Name: "k8s-down", Alerts: unseen},
	{Name: "k8s-forbidden", Alerts: unseen},
	{Name: "revoke", Alerts: []string{"NASTokenDeliveryBroken", "NASTokenInvalid", "NASTokenBrokerFailed", burn}},
	{Name: "pki-forbidden", Alerts: unissued},
	{Name: "pki-role-missing", Alerts: unissued},
	{Name: "transit-forbidden", Alerts: keyless},
	{Name: "transit-key-missing", Alerts: keyless},
	{Name: "transit-other-key", Alerts: keyless},
	{Name: "rotation-open", Alerts: []string{"NASTokenRotationOpen"}},
	{Name: "rotate", Quiet: "a rotation that the copiers carry on is the flow at work"},
}

func also(alerts []string, more ...string) []string { return slices.Concat(alerts, more) }

// unreachable says why no fault raises an alert.
var unreachable = map[string]string{
	"NASVaultClockSkew":                     "changing a clock changes that of the whole machine",
	"NASVaultVersionSkew":                   "needs two releases of Vault",
	"NASPKIIssuanceSlow":                    "no fault slows only the PKI down",
	"NASTokenExpiring":                      "takes hours before a token's end",
	"NASTokenExpiryImminent":                "takes hours before a token's end",
	"NASTokenRoot":                          "a standing condition, not a fault",
	"NASTokenRotationOverdue":               "takes days without a rotation",
	"NASVaultSnapshotTooOld":                "takes a day without a backup",
	"NASTokenFallbackUnusable":              "no fault breaks only a fallback tier",
	"VaultHealthExporterSilent":             "the faults break what the exporter watches, not the exporter",
	"VaultHealthExporterDown":               "the faults break what the exporter watches, not the exporter",
	"VaultHealthExporterAbsent":             "the faults break what the exporter watches, not the exporter",
	"VaultHealthExporterBlind":              "the faults break what the exporter watches, not the exporter",
	"VaultHealthExporterStalled":            "no fault stops the exporter's own clock",
	"VaultHealthExporterCheckHangs":         "the embedded flow's servers hang, and a check ends with its timeout; TestACheckThatHangsForEverIsATicket makes one that does not",
	"VaultHealthExporterSchedulerLag":       "the faults break what the exporter watches, not the exporter",
	"VaultHealthExporterPanics":             "a panic is a mistake in the program; no fault contains one",
	"VaultHealthExporterConfigReloadFailed": "the faults break what the exporter watches, not the exporter",
	"Watchdog":                              "fires always",
	"NASErrorBudgetBurn6h":                  "a slow burn takes hours; TestBurnRates simulates it",
	"NASErrorBudgetBurn1d":                  "a slow burn takes hours; TestBurnRates simulates it",
	"NASErrorBudgetBurn3d":                  "a slow burn takes days; TestBurnRates simulates it",
	"NASErrorBudgetExhausted":               "takes days of failures; TestBurnRates simulates them",
}

// Faults returns every fault of the embedded flow with the alerts that it must raise.
func Faults() []Fault { return faults }

// Unreachable returns the alerts that no fault raises, with the reason. They
// are tested with simulated series only.
func Unreachable() map[string]string { return unreachable }
