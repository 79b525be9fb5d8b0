package hop

import (
	"context"
	"time"

	"homelab.io/vault-health-exporter/exporter/upstream"
)

// logoutLimit is how long a check waits for the end of its login: a Vault that
// hangs there has given what was asked of it.
const logoutLimit = time.Second

// loggedIn is a check that uses a Vault with the exporter's own token.
func loggedIn(vault *upstream.VaultServer, use func(context.Context, *upstream.Vault, *Reading) error) Check {
	return func(ctx context.Context) (r Reading, err error) {
		client, err := vault.Open(ctx, &r.Trace)
		if err != nil {
			return r, err
		}
		defer client.Close()
		err = client.Login(ctx)
		if err != nil {
			return r, err
		}
		defer logout(ctx, client)
		err = use(ctx, client, &r)
		return r, err
	}
}

// logout ends a check's login. That it could not is no finding about the flow: the
// login ends by itself, later, and the request is counted as one that failed.
func logout(ctx context.Context, client *upstream.Vault) {
	ctx, cancel := context.WithTimeout(ctx, logoutLimit)
	defer cancel()
	_ = client.Logout(ctx)
}
