package chaos

import (
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// ownFiles are the faults in the exporter's own files.
var ownFiles = []Fault{
	{
		Name: NASTokenFile, Does: "The file with the exporter's token for the NAS Vault is gone.", Hop: flow.NASKV, Reason: reason.Config,
		Seen:     "nas_kv config, pki config, transit config",
		Embedded: &Tier{Alerts: []string{"QNAPTokenRetrievalFailure", "NASTokenNotFresh", "NASTokenDeliveryUnknown", "NASPKIIssuanceFailing", "NASTransitFailing"}},
	},
	{
		Name: JWTFile, Does: "The file with the exporter's JWT for the main Vault is gone.", Hop: flow.MainVault, Reason: reason.Config,
		Seen:     "main_vault config, main_kv config",
		Embedded: &Tier{Alerts: []string{"QNAPTokenRetrievalFailure", "NASTokenNotFresh", "NASTokenDeliveryUnknown"}},
	},
	{
		Name: KubeconfigFile, Does: "The exporter's kubeconfig is gone.", Hop: flow.K8sSecret, Reason: reason.Config,
		Seen:     "broker config, external_secret config, k8s_secret config, token config",
		Embedded: &Tier{Alerts: unseen},
	},
	{
		Name: CAFile, Does: "The file with the CA of all servers is gone.", Hop: flow.K8sSecret, Reason: reason.Config,
		Seen:     "docker_exec config, nas_vault config, nas_kv config, broker config, main_vault config, main_kv config, external_secret config, k8s_secret config, token config, pki config, transit config",
		Embedded: &Tier{Alerts: []string{"NASTokenDeliveryUnknown", "QNAPTokenRetrievalFailure", "NASTokenNotFresh", "NASTokenBrokerStale", "NASPKIIssuanceFailing", "NASTransitFailing"}},
	},
}
