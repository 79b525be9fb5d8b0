package alerts

// unreachable says why no fault raises an alert.
var unreachable = map[string]string{
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
	"VaultHealthExporterTwice":              "one exporter watches the faults' flow",
	"VaultHealthExporterCheckHangs":         "the embedded flow's servers hang, and a check ends with its timeout; TestACheckThatHangsForEverIsATicket makes one that does not",
	"VaultHealthExporterSchedulerLag":       "the faults break what the exporter watches, not the exporter",
	"VaultHealthExporterPanics":             "a panic is a mistake in the program; no fault contains one",
	"VaultHealthExporterConfigReloadFailed": "the faults break what the exporter watches, not the exporter",
	"Watchdog":                              "fires always",
	"NASErrorBudgetBurn1d":                  "a slow burn takes hours; TestBurnRates simulates it",
	"NASErrorBudgetBurn3d":                  "a slow burn takes days; TestBurnRates simulates it",
	"NASErrorBudgetExhausted":               "takes days of failures; TestBurnRates simulates them",
}

// Unreachable returns the alerts that no fault raises, with the reason. They
// are tested with simulated series only.
func Unreachable() map[string]string { return unreachable }
