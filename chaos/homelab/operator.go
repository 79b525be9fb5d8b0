package homelab

import (
	"time"

	"homelab.io/vault-health-exporter/chaos"
)

// runExternalSecrets is one refresh of the ExternalSecret: from where its store
// points to the Secret. A refresh that fails leaves the Secret as it is.
func (h *Homelab) runExternalSecrets(now time.Time) {
	c := h.kube
	if h.active[k8sDown] || h.active[chaos.ESOMissing] || h.active[chaos.ESOSuspended] || h.active[chaos.ESOAPIMissing] || c.deleted["externalsecrets"] {
		return // the operator can neither read nor write its objects
	}
	value, ok := h.fetch()
	ok = ok && !h.active[esoStopped]
	if ok != c.synced.ready || c.synced.since.IsZero() {
		c.synced.ready, c.synced.since = ok, now
	}
	c.revision++
	if ok {
		c.refreshSecret(value)
		c.synced.refreshed = now
	}
}

// fetch reads what the ExternalSecret names at the Vault that its store points at.
func (h *Homelab) fetch() (value string, ok bool) {
	var store struct {
		Spec struct {
			Provider struct {
				Vault struct{ Server, Path, Version string }
			}
		}
	}
	from := &store.Spec.Provider.Vault
	if err := parse(encode(h.kube.objects.get("secretstores", storeName)), &store); err != nil || from.Path != "secret" || from.Version != "v2" {
		return "", false
	}
	switch from.Server {
	case h.mainServer.url():
		return h.readToken(h.main, h.kube.remoteKey)
	case h.nasServer.url():
		if h.nasAway() || h.active[nasOther] {
			return "", false
		}
		return h.readToken(h.nas, h.kube.remoteKey)
	}
	value, ok = h.kube.others[from.Server]
	return value, ok
}

// pointStore makes the SecretStore read at a server, and the ExternalSecret copy the
// secret at a path of the KV engine there.
func (c *cluster) pointStore(server, path string) {
	c.remoteKey = path
	c.put(resourceNamed("secretstores"), storeName, map[string]any{"spec": map[string]any{"provider": map[string]any{"vault": map[string]any{
		"server": server, "path": "secret", "version": "v2",
		"auth": map[string]any{"kubernetes": map[string]any{
			"mountPath": "kubernetes", "role": "external-secrets", "serviceAccountRef": map[string]any{"name": storeName},
		}},
	}}}})
}

// PointStore points the SecretStore at a Vault, by the URL of its server, and the
// ExternalSecret at the secret at a path in it, as an administrator would. The next
// sync of the copiers follows.
func (h *Homelab) PointStore(server, path string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kube.pointStore(server, path)
}

// AddVault has a Vault of no flow, which nothing but External Secrets reaches, hold
// a token at all of its paths.
func (h *Homelab) AddVault(server, token string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kube.others[server] = token
}
