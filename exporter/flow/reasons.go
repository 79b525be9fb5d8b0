package flow

import (
	"slices"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// concluded are the findings that no check makes: a slot's judgement concludes
// them from what several checks read.
var concluded = []struct {
	hops   []Hop
	reason reason.Reason
}{
	{[]Hop{DockerExec, MainKV, K8sSecret}, reason.Stale},
	{[]Hop{DockerExec, Broker, MainKV, ExternalSecret}, reason.Mismatch},
	{[]Hop{Token}, reason.Expired},
}

// Reasons returns, in the order of the closed set, why a check of h can fail:
// what has a remedy there, but for what is only concluded, and for Canceled, which
// is the exporter's own stop and counts nowhere.
func Reasons(h Hop) []reason.Reason {
	var all []reason.Reason
	for _, r := range reason.Catalogue() {
		if r.Reason != reason.Canceled && Remedy(h, r.Reason, All()) != "" && !isConcluded(h, r.Reason) {
			all = append(all, r.Reason)
		}
	}
	return all
}

func isConcluded(h Hop, r reason.Reason) bool {
	for _, row := range concluded {
		if row.reason == r && slices.Contains(row.hops, h) {
			return true
		}
	}
	return false
}
