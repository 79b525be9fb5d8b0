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

// formed are the findings about a value that only a form can bring: that of a Vault
// token. In a Vault a field that is no text is malformed, too.
var formed = []struct {
	hops    []Hop
	reasons []reason.Reason
}{
	{[]Hop{DockerExec, NASKV, MainKV, K8sSecret}, []reason.Reason{reason.Ambiguous, reason.Padded}},
	{[]Hop{DockerExec, K8sSecret}, []reason.Reason{reason.Malformed}},
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

// OpaqueReasons is Reasons in a flow whose values are no Vault tokens.
func OpaqueReasons(h Hop) []reason.Reason {
	return slices.DeleteFunc(Reasons(h), func(r reason.Reason) bool {
		for _, row := range formed {
			if slices.Contains(row.hops, h) && slices.Contains(row.reasons, r) {
				return true
			}
		}
		return false
	})
}

func isConcluded(h Hop, r reason.Reason) bool {
	for _, row := range concluded {
		if row.reason == r && slices.Contains(row.hops, h) {
			return true
		}
	}
	return false
}
