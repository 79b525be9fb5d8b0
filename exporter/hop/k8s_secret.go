package hop

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// secretObject is the part of a Secret that is read; the API sends its data as
// base64, which encoding/json decodes into bytes.
type secretObject struct {
	Data map[string][]byte `json:"data"`
}

// K8sSecret reads the token that applications get: every configured key must
// be there, well-formed and the same. The token is valid beside the reason
// Padded: it is what applications would have to cut out of the value.
func K8sSecret(cluster *upstream.KubernetesServer) Check { return k8sSecret(cluster, vaultToken) }

func k8sSecret(cluster *upstream.KubernetesServer, values form) Check {
	secret := *cluster.Config.Secret
	return func(ctx context.Context) (r Reading, err error) {
		client, err := cluster.Open(ctx, &r.Trace)
		if err != nil {
			return r, err
		}
		defer client.Close()
		var object secretObject
		err = client.Get(ctx, "api/v1", "secrets", secret.Name, &object)
		if err != nil {
			return r, err
		}
		r.Token, err = secretToken(object.Data, secret, values.delivered)
		return r, err
	}
}

// secretToken parses the keys of a Secret's data and clears all of it.
func secretToken(data map[string][]byte, secret config.Secret, parse parser) (token.Token, error) {
	defer func() {
		for _, value := range data {
			clear(value)
		}
	}()
	var first token.Token
	var padded error
	for _, key := range secret.Keys {
		raw, ok := data[key]
		if !ok {
			first.Destroy()
			return token.Token{}, reason.Errorf(reason.KeyMissing, "reading Secret %q: got no key %q", secret.Name, key)
		}
		parsed, err := parse(raw)
		if err != nil {
			err = reason.From(err, "reading key %q of Secret %q", key, secret.Name)
		}
		if err != nil && parsed.IsZero() {
			first.Destroy()
			return token.Token{}, err
		}
		if err != nil && padded == nil {
			padded = err
		}
		if first.IsZero() {
			first = parsed
			continue
		}
		same := first.Equal(parsed)
		parsed.Destroy()
		if !same {
			first.Destroy()
			return token.Token{}, reason.Errorf(reason.Mismatch, "reading Secret %q: got another token in key %q than in key %q", secret.Name, key, secret.Keys[0])
		}
	}
	return first, padded
}
