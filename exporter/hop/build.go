package hop

import (
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/flow"
)

// Build returns the hops that f configures, in data-flow order. A hop that is
// not configured does not exist.
func Build(f config.Flow) []Hop {
	var hops []Hop
	add := func(configured bool, name flow.Hop, make func() Check) {
		if configured {
			hops = append(hops, Hop{Name: name, Check: make()})
		}
	}
	docker, nas, main, k8s := f.NAS.Docker, f.NAS.Vault, f.Main.Vault, f.Main.Kubernetes
	if docker != nil {
		// An exec forks a process on the NAS, which is small: one at a time.
		hops = append(hops, Hop{Name: flow.DockerExec, Check: DockerExec(*docker), Exclusive: docker.Host})
	}
	// The read of the token proves which Vault it is that answers.
	vault := &known{unproven: nas == nil || nas.KV == nil}
	add(nas != nil, flow.NASVault, func() Check { return nasVault(*nas, f.FeaturesDir, vault) })
	add(nas != nil && nas.KV != nil, flow.NASKV, func() Check { return vault.proving(NASKV(*nas)) })
	add(k8s != nil && k8s.Broker != nil, flow.Broker, func() Check { return Broker(*k8s) })
	add(main != nil, flow.MainVault, func() Check { return MainVault(*main) })
	add(main != nil && main.KV != nil, flow.MainKV, func() Check { return MainKV(*main) })
	add(k8s != nil && k8s.ExternalSecret != nil, flow.ExternalSecret, func() Check { return ExternalSecret(*k8s) })
	add(k8s != nil && k8s.Secret != nil, flow.K8sSecret, func() Check { return K8sSecret(*k8s) })
	add(k8s != nil && k8s.Secret != nil && nas != nil, flow.Token, func() Check { return Token(*nas, *k8s) })
	add(nas != nil && f.NAS.PKI != nil, flow.PKI, func() Check { return PKI(*nas, *f.NAS.PKI) })
	add(nas != nil && f.NAS.Transit != nil, flow.Transit, func() Check { return Transit(*nas, *f.NAS.Transit) })
	return hops
}
