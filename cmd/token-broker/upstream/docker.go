package upstream

import (
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// Docker is a client of the Docker API that may also write.
type Docker struct{ *upstream.Docker }

// OpenDocker makes the client.
func OpenDocker(cfg config.Docker, trace *Trace) (Docker, error) {
	client, err := upstream.OpenDocker(cfg, trace)
	return Docker{client}, err
}
