package homelab

import (
	"encoding/base64"

	"homelab.io/vault-health-exporter/chaos"
)

// Delivers reports whether an application that reads the Secret now gets a token
// that works: every key is there, and the Vault at the NAS Vault's address knows
// the token, or would say so if it could be asked.
func (h *Homelab) Delivers() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	object, there := h.kube.getSecret(secretName)
	if !there {
		return false
	}
	node := h.nas
	if h.active[nasOther] {
		node = h.stranger
	}
	data, _ := object["data"].(map[string]any)
	for _, key := range []string{tokenKey, envKey} {
		encoded, _ := data[key].(string)
		value, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || node.tokens.lookup(string(value)) == nil {
			return false
		}
	}
	return true
}

// Addresses are where the servers listen, host:port.
func (h *Homelab) Addresses() map[chaos.Link]string {
	return map[chaos.Link]string{
		chaos.LinkDocker: h.dockerServer.address, chaos.LinkNASVault: h.nasServer.address,
		chaos.LinkMainVault: h.mainServer.address, chaos.LinkKubernetes: h.kubeServer.address,
	}
}
