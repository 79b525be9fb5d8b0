package upstream

import (
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// Kubernetes is a client of the Kubernetes API that may also write.
type Kubernetes struct{ *upstream.Kubernetes }

// OpenKubernetes makes the client.
func OpenKubernetes(cfg config.Kubernetes, trace *Trace) (Kubernetes, error) {
	client, err := upstream.OpenKubernetes(cfg, trace)
	return Kubernetes{client}, err
}
