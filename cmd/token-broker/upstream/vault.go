// Package upstream is what only the broker asks of the flow's servers: to make,
// write and revoke. It builds on the exporter's clients, which only read.
package upstream

import (
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// What is the same as the exporter's.
type (
	Trace      = upstream.Trace
	TokenState = upstream.TokenState
)

// The servers for the checks that the broker shares with the exporter.
var (
	NASVault    = upstream.NASVault
	MainVault   = upstream.MainVault
	MainCluster = upstream.MainCluster
)

// Vault is a client of a Vault that may also write.
type Vault struct{ *upstream.Vault }

// OpenNASVault makes a client of the NAS Vault.
func OpenNASVault(cfg config.Vault, trace *Trace) (Vault, error) {
	client, err := upstream.OpenVault(cfg, upstream.EndpointNASVault, trace)
	return Vault{client}, err
}

// OpenMainVault makes a client of the main Vault.
func OpenMainVault(cfg config.Vault, trace *Trace) (Vault, error) {
	client, err := upstream.OpenVault(cfg, upstream.EndpointMainVault, trace)
	return Vault{client}, err
}
