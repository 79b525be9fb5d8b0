package homelab

import (
	"net/http"

	"homelab.io/vault-health-exporter/chaos"
)

// atNASAddress is the NAS Vault, or whichever Vault stands in its place.
func (h *Homelab) atNASAddress(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	node := h.nas
	if h.active[nasOther] {
		node = h.stranger
	}
	h.mu.Unlock()
	node.ServeHTTP(w, r)
}

// atMainAddress is the main Vault, or the one that stands in its place.
func (h *Homelab) atMainAddress(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	node := h.main
	if h.active[chaos.MainOther] {
		node = h.mainStranger
	}
	h.mu.Unlock()
	node.ServeHTTP(w, r)
}
