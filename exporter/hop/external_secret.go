package hop

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// externalSecretVersions are the versions of the operator's API, newest first;
// before 0.16 it serves the older one only.
var externalSecretVersions = []string{"v1", "v1beta1"}

// externalSecretObject is the part of an ExternalSecret that is read.
type externalSecretObject struct {
	Spec   externalSecretSpec `json:"spec"`
	Status struct {
		RefreshTime time.Time   `json:"refreshTime"`
		Conditions  []condition `json:"conditions"`
	} `json:"status"`
}

type externalSecretSpec struct {
	RefreshPolicy   string `json:"refreshPolicy"`
	RefreshInterval string `json:"refreshInterval"`
	// origin is nil where it does not have the shape that is known.
	origin *secretOrigin
}

// UnmarshalJSON implements json.Unmarshaler. What says where the value comes from
// is read by itself: what is odd there must not hide the rest.
func (s *externalSecretSpec) UnmarshalJSON(raw []byte) error {
	type plain externalSecretSpec
	var origin secretOrigin
	if json.Unmarshal(raw, &origin) == nil {
		s.origin = &origin
	}
	return json.Unmarshal(raw, (*plain)(s))
}

// ExternalSecret checks that External Secrets keeps the Secret up to date. It
// reads the object's status: the operator's own metrics cannot tell a stopped
// operator from a healthy one. Beside that it reads which of the Vaults the Secret
// is made from; the NAS' and the main one are nil where the flow does not have them.
func ExternalSecret(cluster *upstream.KubernetesServer, nas, main *config.Vault) Check {
	cfg, vaults := cluster.Config, knownVaults(nas, main)
	return func(ctx context.Context) (r Reading, err error) {
		client, err := cluster.Open(ctx, &r.Trace)
		if err != nil {
			return r, err
		}
		defer client.Close()
		var object externalSecretObject
		var group string
		for _, version := range externalSecretVersions {
			group = "apis/external-secrets.io/" + version
			err = client.Get(ctx, group, "externalsecrets", cfg.ExternalSecret.Name, &object)
			if reason.Of(err) != reason.APIMissing {
				break
			}
		}
		if reason.Of(err) == reason.APIMissing {
			return r, reason.From(err, "looking for the API external-secrets.io in the versions %s", strings.Join(externalSecretVersions, " and "))
		}
		if err != nil {
			return r, err
		}
		r.External = &ExternalState{Ready: isTrue(object.Status.Conditions, "Ready"), Refreshed: object.Status.RefreshTime}
		r.found(catalogue.Flag(catalogue.ExternalReady, r.External.Ready), catalogue.Moment(catalogue.ExternalRefresh, r.External.Refreshed))
		if cfg.Secret != nil && len(vaults) > 0 {
			r.External.Source = readSource(ctx, client, group, object.Spec.origin, cfg, vaults)
		}
		return r, object.judge(*cfg.ExternalSecret, time.Now())
	}
}

func (o externalSecretObject) judge(cfg config.ExternalSecret, now time.Time) error {
	interval, known := o.interval()
	limit := cfg.MaxAge
	if known {
		// An object that is refreshed more rarely than max_age foresees is in
		// time all the same; a quarter more is for an operator with much to do.
		limit = max(limit, interval+interval/4)
	}
	switch refreshed := o.Status.RefreshTime; {
	case known && interval <= 0:
		return reason.Errorf(reason.Suspended, "reading ExternalSecret %q: got one that never refreshes by itself", cfg.Name)
	case !isTrue(o.Status.Conditions, "Ready"):
		return reason.Errorf(reason.NotReady, "reading ExternalSecret %q: got Ready not True", cfg.Name)
	case refreshed.IsZero():
		return reason.Errorf(reason.Stale, "reading ExternalSecret %q: got no refresh time, want one within %s", cfg.Name, limit)
	case now.Sub(refreshed) > limit:
		return reason.Errorf(reason.Stale, "reading ExternalSecret %q: got a refresh %s ago, want at most %s", cfg.Name, now.Sub(refreshed).Round(time.Second), limit)
	}
	return nil
}

// interval is the time between two refreshes; 0 is never. The other policies
// than Periodic, which is the default, look at the object and not at what it is
// made from: however ready they say it is, it never follows the source.
func (o externalSecretObject) interval() (interval time.Duration, known bool) {
	if policy := o.Spec.RefreshPolicy; policy == "CreatedOnce" || policy == "OnChange" {
		return 0, true
	}
	interval, err := time.ParseDuration(o.Spec.RefreshInterval)
	return interval, err == nil
}
