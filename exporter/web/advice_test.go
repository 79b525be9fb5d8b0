package web

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

func TestAdvice(t *testing.T) {
	expiring := nasGone()
	state(&expiring, flow.Token).Auth = &upstream.TokenState{Valid: true, Expiry: before(-5 * time.Hour)}
	deleted := green()
	deleted.Since = before(4 * time.Minute)
	deleted.Verdict = flow.Verdict{Result: flow.Bad, Hop: flow.K8sSecret, Reason: reason.NotFound}
	fail(&deleted, flow.K8sSecret, reason.NotFound, time.Millisecond)
	blind := green()
	blind.Verdict = flow.Verdict{Result: flow.Inconclusive, Hop: flow.NASVault, Reason: reason.Config}
	unforeseen := green()
	unforeseen.Verdict = flow.Verdict{Result: flow.Degraded, Hop: flow.PKI, Reason: reason.KeyMissing}

	const (
		reach = "Is the NAS up? If it is, see on it that the cluster's container runs, and in the container that Vault's pod does."
		noNAS = "Applications notice nothing yet. Meanwhile no token is rotated, no certificate is issued, and what it unseals stays sealed after a restart."
	)
	tests := []struct {
		name string
		got  *advice
		want *advice
	}{
		{"good", newAdvice(green(), at), nil},
		{"first start", newAdvice(firstStart(), at), nil},
		{"NAS gone", newAdvice(nasGone(), at), &advice{
			Cost:   noNAS + " This outage has used 5.6 % of the 30-day error budget of the NAS Vault (3 h 36 min).",
			Remedy: reach,
		}},
		{"NAS gone, token with a TTL", newAdvice(expiring, at), &advice{
			Cost:   noNAS + " Their token expires in 5 h. This outage has used 5.6 % of the 30-day error budget of the NAS Vault (3 h 36 min).",
			Remedy: reach,
		}},
		{"token refused", newAdvice(revoked(), at), &advice{
			Cost:   "The NAS Vault refuses the token that applications hold: those that run are hit as well as those that start. This outage has used 1.9 % of the 30-day error budget of token delivery (3 h 36 min).",
			Remedy: "Somebody switched it off: find out why, then set suspend to false, or the refresh interval back.",
		}},
		{"Secret deleted", newAdvice(deleted, at), &advice{
			Cost:   "Applications that start now get no working token; those that run go on with the one that they started with. This outage has used 1.9 % of the 30-day error budget of token delivery (3 h 36 min).",
			Remedy: "Is External Secrets running? If it is, force a sync of the ExternalSecret: it writes the Secret anew.",
		}},
		{"exporter's own fault", newAdvice(blind, at), &advice{
			Cost:   "While this lasts, a fault of the flow goes unseen.",
			Remedy: "Read the exporter's log: it names the file or the setting. Then try it with --config.check.",
		}},
		{"unforeseen", newAdvice(unforeseen, at), &advice{
			Cost:   "Applications notice nothing yet. No certificate is issued: those in use will expire.",
			Remedy: "Check the hop now and read its steps: the first that failed says where to look.",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.got); diff != "" {
				t.Errorf("advice (-want +got):\n%s", diff)
			}
		})
	}
}
