package hop

import (
	"context"
	"encoding/json"
	"net"
	"net/url"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// Source is what a Secret is made from.
type Source struct {
	flow.Feed
	// Alias says that the store has another address for its server than any Vault of
	// the flow, and asks it for what the copy of the feed is at one of them. That may
	// be the same Vault by another name, or another one that looks the same; only the
	// values tell.
	Alias bool
}

// storeObject is the part of a SecretStore that is read.
type storeObject struct {
	Spec struct {
		Provider map[string]json.RawMessage `json:"provider"`
	} `json:"spec"`
}

// vaultProvider is the part of a store at a Vault that is read.
type vaultProvider struct {
	Server    string  `json:"server"`
	Namespace string  `json:"namespace"`
	Path      *string `json:"path"`
	Version   string  `json:"version"`
}

// knownVault is a Vault of the flow, and where in it the copy of the token is.
type knownVault struct {
	vault, copy flow.Hop
	config.Vault
}

func knownVaults(nas, main *config.Vault) []knownVault {
	var all []knownVault
	if main != nil {
		all = append(all, knownVault{flow.MainVault, flow.MainKV, *main})
	}
	if nas != nil {
		all = append(all, knownVault{flow.NASVault, flow.NASKV, *nas})
	}
	return all
}

// readSource returns what the Secret is made from, without a word where that is not
// understood, and nil where the store cannot be read: the right to it is optional,
// so that is no finding.
func readSource(ctx context.Context, client *upstream.Kubernetes, group string, spec *secretOrigin, cfg config.Kubernetes, vaults []knownVault) *Source {
	if spec == nil {
		return &Source{}
	}
	from, ok := spec.of(cfg.ExternalSecret.Name, *cfg.Secret)
	if !ok || len(validation.IsDNS1123Subdomain(from.store.Name)) > 0 {
		return &Source{}
	}
	get, resource := client.Get, "secretstores"
	switch from.store.Kind {
	case "", "SecretStore":
	case "ClusterSecretStore":
		get, resource = client.GetClusterWide, "clustersecretstores"
	default:
		return &Source{}
	}
	var store storeObject
	if get(ctx, group, resource, from.store.Name, &store) != nil {
		return nil
	}
	return store.source(from, vaults)
}

// source is that of a store of any kind.
func (s storeObject) source(from origin, vaults []knownVault) *Source {
	raw, isVault := s.Spec.Provider["vault"]
	var provider vaultProvider
	switch {
	case len(s.Spec.Provider) != 1: // a store has one provider
		return &Source{}
	case !isVault:
		return &Source{Feed: flow.Feed{Known: true}}
	case json.Unmarshal(raw, &provider) != nil:
		return &Source{}
	}
	return provider.source(from, vaults)
}

// source says which of the Vaults it is that the store reads, and whether what it
// reads there is the copy of the token.
func (p vaultProvider) source(from origin, vaults []knownVault) *Source {
	server, ok := hostPort(p.Server)
	if !ok {
		return &Source{}
	}
	found := &Source{Feed: flow.Feed{Known: true}}
	for _, v := range vaults {
		known, _ := hostPort(v.Address)
		same := v.KV == nil || p.reads(from, v)
		switch {
		case server == known && same:
			return &Source{Feed: flow.Feed{Known: true, Vault: v.vault, Copy: v.copy}}
		case server == known:
			found = &Source{Feed: flow.Feed{Known: true, Vault: v.vault}}
		case v.KV != nil && same && found.Vault == "":
			found = &Source{Feed: flow.Feed{Known: true, Vault: v.vault, Copy: v.copy}, Alias: true}
		}
	}
	return found
}

// reads reports whether the store reads the field of the Vault's copy.
func (p vaultProvider) reads(from origin, v knownVault) bool {
	return strings.Trim(p.Namespace, "/") == strings.Trim(v.Namespace, "/") && from.field == v.KV.Field &&
		p.requestPath(from.key) == strings.Trim(v.KV.Mount, "/")+"/data/"+strings.Trim(v.KV.Path, "/")
}

// requestPath is what External Secrets asks the Vault for: of KV version 2 it puts
// data behind the mount, which is the key's first part where the store names none.
func (p vaultProvider) requestPath(key string) string {
	data := ""
	if p.Version == "" || p.Version == "v2" {
		data = "data/"
	}
	if p.Path == nil {
		mount, rest, _ := strings.Cut(key, "/")
		if data == "" || strings.Contains(key, "/data/") {
			return key
		}
		return mount + "/" + data + rest
	}
	mount := strings.Trim(*p.Path, "/")
	if inside, ok := strings.CutPrefix(key, mount+"/"); ok {
		key = inside
		if data != "" {
			key = strings.TrimPrefix(key, data)
		}
	}
	return mount + "/" + data + key
}

// hostPort is where the server of a URL is, in one form.
func hostPort(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return "", false
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port), port != ""
}
