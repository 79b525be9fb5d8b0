package hop

import (
	"context"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// externalSecretObject is the part of an ExternalSecret that is read.
type externalSecretObject struct {
	Spec struct {
		RefreshPolicy   string `json:"refreshPolicy"`
		RefreshInterval string `json:"refreshInterval"`
	} `json:"spec"`
	Status struct {
		RefreshTime time.Time `json:"refreshTime"`
		Conditions  []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"conditions"`
	} `json:"status"`
}

// ExternalSecret checks that External Secrets keeps the Secret up to date. It
// reads the object's status: the operator's own metrics cannot tell a stopped
// operator from a healthy one.
func ExternalSecret(cfg config.Kubernetes) Check {
	return func(ctx context.Context) (r Reading, err error) {
		client, err := upstream.OpenKubernetes(cfg, &r.Trace)
		if err != nil {
			return r, err
		}
		defer client.Close()
		var object externalSecretObject
		err = client.Get(ctx, "apis/external-secrets.io/v1", "externalsecrets", cfg.ExternalSecret.Name, &object)
		if err != nil {
			return r, err
		}
		r.External = &ExternalState{Ready: object.ready(), Refreshed: object.Status.RefreshTime}
		return r, object.judge(*cfg.ExternalSecret, time.Now())
	}
}

func (o externalSecretObject) ready() bool {
	for _, c := range o.Status.Conditions {
		if c.Type == "Ready" {
			return c.Status == "True"
		}
	}
	return false
}

func (o externalSecretObject) judge(cfg config.ExternalSecret, now time.Time) error {
	if o.never() {
		return reason.Errorf(reason.Suspended, "reading ExternalSecret %q: got one that never refreshes", cfg.Name)
	}
	if !o.ready() {
		return reason.Errorf(reason.NotReady, "reading ExternalSecret %q: got Ready not True", cfg.Name)
	}
	if age := now.Sub(o.Status.RefreshTime); o.Spec.RefreshPolicy != "OnChange" && age > cfg.MaxAge {
		return reason.Errorf(reason.Stale, "reading ExternalSecret %q: got a refresh %s ago, want at most %s", cfg.Name, age.Round(time.Second), cfg.MaxAge)
	}
	return nil
}

// never reports whether the object's policy keeps it from ever following the
// source, however ready it says it is.
func (o externalSecretObject) never() bool {
	if o.Spec.RefreshPolicy == "CreatedOnce" {
		return true
	}
	interval, err := time.ParseDuration(o.Spec.RefreshInterval)
	return o.Spec.RefreshPolicy != "OnChange" && err == nil && interval == 0
}
