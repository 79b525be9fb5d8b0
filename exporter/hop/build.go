package hop

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// Build returns the hops that f configures, in data-flow order. A hop that is
// not configured does not exist. What their checks keep, where f wants that, they
// share with the other flows of these sessions; nil is none.
func Build(f config.Flow, sessions *upstream.Sessions) []Hop {
	var hops []Hop
	values := formOf(f)
	docker, nas, main, k8s := f.NAS.Docker, f.NAS.Vault, f.Main.Vault, f.Main.Kubernetes
	// add adds a hop; what its checks leave to the next ones ends with end.
	add := func(h Hop, end func(context.Context)) {
		if f.Connections == config.Reuse {
			h.Check, h.End = alternating(h.Check, f.ColdEvery), end
		}
		hops = append(hops, h)
	}
	// in adds one that asks the Kubernetes API.
	in := func(cluster *upstream.KubernetesServer, configured bool, name flow.Hop, make func() Check, operations ...upstream.Operation) {
		if configured {
			add(Hop{Name: name, Check: make(), Operations: operations, Upstream: nameOf(&cluster.Config)}, cluster.End)
		}
	}
	// of adds one that asks a Vault.
	of := func(vault *upstream.VaultServer, configured bool, name flow.Hop, make func() Check, operations ...upstream.Operation) {
		if configured {
			add(Hop{Name: name, Check: make(), Operations: operations, Upstream: vault.Config.Address}, vault.End)
		}
	}
	if docker != nil {
		// An exec forks a process on the NAS, which is small: one at a time.
		hops = append(hops, Hop{
			Name: flow.DockerExec, Check: dockerExec(*docker, values), Upstream: docker.Host, Exclusive: docker.Host,
			Operations: []upstream.Operation{upstream.OpDockerInspect, upstream.OpDockerExec},
		})
	}
	// The read of the token proves which Vault it is that answers.
	which := &known{unproven: nas == nil || nas.KV == nil}
	var nasServer, mainServer *upstream.VaultServer
	var cluster *upstream.KubernetesServer
	if nas != nil {
		nasServer = reusing(upstream.NASVault(*nas), f, sessions)
	}
	if main != nil {
		mainServer = reusing(upstream.MainVault(*main), f, sessions)
	}
	if k8s != nil {
		cluster = reusing(upstream.MainCluster(*k8s), f, sessions)
	}
	of(nasServer, nas != nil, flow.NASVault, func() Check { return nasVault(nasServer, f.FeaturesDir, which) }, upstream.OpVaultHealth)
	of(nasServer, nas != nil && nas.KV != nil, flow.NASKV, func() Check { return which.proving(nasKV(nasServer, values)) }, loggedInFor(nas, upstream.OpVaultKVRead)...)
	in(cluster, k8s != nil && k8s.Broker != nil, flow.Broker, func() Check { return Broker(cluster) }, upstream.OpK8sGet, upstream.OpK8sList)
	of(mainServer, main != nil, flow.MainVault, func() Check { return MainVault(mainServer) }, loggedInFor(main, upstream.OpVaultHealth)...)
	of(mainServer, main != nil && main.KV != nil, flow.MainKV, func() Check { return mainKV(mainServer, values) }, loggedInFor(main, upstream.OpVaultKVRead)...)
	in(cluster, k8s != nil && k8s.ExternalSecret != nil, flow.ExternalSecret, func() Check { return ExternalSecret(cluster, nas, main) }, upstream.OpK8sGet)
	in(cluster, k8s != nil && k8s.Secret != nil, flow.K8sSecret, func() Check { return k8sSecret(cluster, values) }, upstream.OpK8sGet)
	// What this one leaves to the next at the cluster ends with the hop before it.
	of(nasServer, k8s != nil && k8s.Secret != nil && nas != nil && f.Format != config.FormatOpaque, flow.Token, func() Check { return Token(nasServer, cluster) }, upstream.OpK8sGet, upstream.OpTokenLookup)
	of(nasServer, nas != nil && f.NAS.PKI != nil, flow.PKI, func() Check { return PKI(nasServer, *f.NAS.PKI) }, loggedInFor(nas, upstream.OpPKISign)...)
	of(nasServer, nas != nil && f.NAS.Transit != nil, flow.Transit, func() Check { return Transit(nasServer, *f.NAS.Transit) }, loggedInFor(nas, upstream.OpTransitDecrypt)...)
	return hops
}

// nameOf names the Kubernetes API that is asked, "" where there is none.
func nameOf(k8s *config.Kubernetes) string {
	if k8s == nil {
		return ""
	}
	return "kubernetes " + k8s.Kubeconfig
}

// loggedInFor is op and the request of the login that comes with it: a token out
// of a file needs none.
func loggedInFor(vault *config.Vault, op upstream.Operation) []upstream.Operation {
	if vault != nil && vault.Auth != nil && vault.Auth.Kubernetes != nil {
		return []upstream.Operation{upstream.OpVaultLogin, op}
	}
	return []upstream.Operation{op}
}
