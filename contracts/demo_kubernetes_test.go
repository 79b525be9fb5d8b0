//go:build pact

package contracts_test

import (
	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/contracts"
)

// brokerRights are what the broker's pact takes, as in the lab.
var brokerRights = []homelab.Rule{
	{Verbs: []string{"get", "patch"}, Resources: []string{"secrets"}, Names: []string{"nas-vault-token"}},
	{Verbs: []string{"create", "get", "patch"}, Resources: []string{"events"}},
}

// kubernetes puts the consumer's credentials, its rights and the Event into the
// state; the faults of the homelab did the rest.
func (h *demoHome) kubernetes(pair contracts.Pair, state contracts.State) (access, error) {
	to, err := accessToKubernetes(h.flow.Main.Kubernetes.Kubeconfig)
	if err != nil {
		return to, err
	}
	if pair.Consumer == contracts.Broker {
		rights := brokerRights
		if state == contracts.K8sForbidden {
			rights = nil
		}
		to.header["Authorization"] = "Bearer " + h.lab.GrantRole(contracts.Broker, rights...)
	}
	const event = "nas-token-broker.tokenupdated"
	switch state {
	case contracts.K8sUnauthorized:
		to.header["Authorization"] = "Bearer example"
	case contracts.EventMissing:
		h.lab.DeleteObject("events", event)
	case contracts.CronJobMissing:
		h.lab.DeleteObject("cronjobs", contracts.Broker)
	case contracts.ExternalMissing:
		h.lab.DeleteObject("externalsecrets", "nas-vault-token")
	case contracts.EventThere:
		h.lab.PutObject("events", event, map[string]any{"reason": "TokenUpdated", "type": "Normal", "count": 1})
	}
	return to, nil
}
