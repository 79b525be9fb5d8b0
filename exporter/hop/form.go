package hop

import (
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/token"
)

// parser reads a value and clears what it was given.
type parser func([]byte) (token.Token, error)

// form is how the values of a flow are read: where they are made, and where
// applications take them as they are.
type form struct{ made, delivered parser }

var (
	vaultToken = form{token.Parse, token.ParseDelivered}
	opaque     = form{token.ParseOpaque, token.ParseOpaque}
)

func formOf(f config.Flow) form {
	if f.Format == config.FormatOpaque {
		return opaque
	}
	return vaultToken
}
