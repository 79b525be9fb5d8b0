package config

import "time"

// The names and times of the shipped manifests.
const (
	defaultFlow       = "qnap"
	defaultInterval   = 30 * time.Second
	defaultTimeout    = 5 * time.Second
	defaultColdEvery  = 10 // five minutes
	defaultContainer  = "qnap-k3s"
	defaultTokenFile  = "/share/VMs/kubernetes/vault/root-token.txt"
	defaultNamespace  = "nas-integration"
	defaultObject     = "nas-vault-token"
	defaultCronJob    = "nas-token-broker"
	defaultBrokerAge  = 25 * time.Minute // two periods of */10 and a slow Job
	defaultRefreshAge = 15 * time.Minute // three refreshes of 5m
	defaultKVMount    = "secret"
	defaultKVField    = "token"
	defaultNASPath    = "tokens/root"
	defaultMainPath   = "nas/vault-token"
	defaultPKIMount   = "pki"
	defaultPKIRole    = "canary"
	defaultPKIName    = "canary.invalid" // a name that nobody can have
	defaultTransit    = "transit"
	defaultUnsealKey  = "autounseal"
	defaultSnapshot   = "nas-vault-snapshot"
	defaultSnapKey    = "last-snapshot"
	defaultAuthMount  = "kubernetes"
	defaultJWTFile    = "/var/run/secrets/kubernetes.io/serviceaccount/token"
	defaultSelector   = "vault-health-exporter.homelab.io/flow=true"
	defaultListing    = time.Minute
)

// setDefaults fills in what the file left out. A section that is absent stays
// absent: it is a hop that does not exist.
func (c *Config) setDefaults() {
	if d := c.Discovery; d != nil {
		fill(&d.Selector, defaultSelector)
		fill(&d.Interval, defaultListing)
	}
	for i := range c.Flows {
		f := &c.Flows[i]
		fill(&f.Name, defaultFlow)
		fill(&f.Interval, defaultInterval)
		fill(&f.Timeout, defaultTimeout)
		fill(&f.Format, FormatVaultToken)
		fill(&f.Connections, Fresh)
		if f.Connections == Reuse {
			fill(&f.ColdEvery, defaultColdEvery)
		}
		f.NAS.SetDefaults()
		f.Main.SetDefaults()
	}
}

// SetDefaults fills in what the sections of the NAS left out.
func (n *NAS) SetDefaults() {
	if d := n.Docker; d != nil {
		fill(&d.Container, defaultContainer)
		fill(&d.TokenFile, defaultTokenFile)
	}
	n.Vault.setDefaults(defaultNASPath)
	if n.PKI != nil {
		fill(&n.PKI.Mount, defaultPKIMount)
		fill(&n.PKI.Role, defaultPKIRole)
		fill(&n.PKI.CommonName, defaultPKIName)
	}
	if n.Transit != nil {
		fill(&n.Transit.Mount, defaultTransit)
		fill(&n.Transit.Key, defaultUnsealKey)
	}
}

// SetDefaults fills in what the sections of the main cluster left out.
func (m *Main) SetDefaults() {
	m.Vault.setDefaults(defaultMainPath)
	m.Kubernetes.setDefaults()
}

func (v *Vault) setDefaults(path string) {
	if v == nil {
		return
	}
	if v.KV != nil {
		fill(&v.KV.Mount, defaultKVMount)
		fill(&v.KV.Path, path)
		fill(&v.KV.Field, defaultKVField)
	}
	if v.Auth != nil && v.Auth.Kubernetes != nil {
		fill(&v.Auth.Kubernetes.Mount, defaultAuthMount)
		fill(&v.Auth.Kubernetes.JWTFile, defaultJWTFile)
	}
}

func (k *Kubernetes) setDefaults() {
	if k == nil {
		return
	}
	fill(&k.Namespace, defaultNamespace)
	if k.Broker != nil {
		fill(&k.Broker.CronJob, defaultCronJob)
		fill(&k.Broker.MaxAge, defaultBrokerAge)
	}
	if k.ExternalSecret != nil {
		fill(&k.ExternalSecret.Name, defaultObject)
		fill(&k.ExternalSecret.MaxAge, defaultRefreshAge)
	}
	if k.Snapshot != nil {
		fill(&k.Snapshot.ConfigMap, defaultSnapshot)
		fill(&k.Snapshot.Key, defaultSnapKey)
	}
	if k.Secret != nil {
		fill(&k.Secret.Name, defaultObject)
		if len(k.Secret.Keys) == 0 {
			k.Secret.Keys = []string{"token", "QNAP_VAULT_TOKEN"}
		}
	}
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
