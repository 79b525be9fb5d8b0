package export

import (
	"strconv"

	"homelab.io/vault-health-exporter/chaos"
)

// Litmus returns the faults as ChaosEngines of Litmus, litmuschaos.io/v1alpha1. The
// experiments that they name are those of its ChaosHub.
func Litmus() ([]byte, error) {
	var objects []object
	var does []string
	for _, f := range overTheWire() {
		if o := engineOf(f); o != nil {
			objects, does = append(objects, o), append(does, f.Does)
		}
	}
	restart, _ := chaos.Find(chaos.ESORestart)
	objects = append(objects, engine(restart, operatorNS, "app.kubernetes.io/name=external-secrets", "pod-delete", [][2]string{{"FORCE", "false"}, {"PODS_AFFECTED_PERC", "100"}}))
	return documents(objects, append(does, restart.Does))
}

// engineOf disturbs what the exporter's pods say to the NAS; nil where Litmus
// cannot.
func engineOf(f chaos.Fault) object {
	const pods = "app=vault-health-exporter"
	to := [2]string{"DESTINATION_IPS", nas}
	switch t := f.Link.Toxic; t.Kind {
	case chaos.Drop:
		return engine(f, namespace, pods, "pod-network-partition", [][2]string{to, {"POLICY_TYPES", "all"}})
	case chaos.StallUp:
		return engine(f, namespace, pods, "pod-network-loss", [][2]string{to, {"NETWORK_PACKET_LOSS_PERCENTAGE", "100"}})
	case chaos.Latency:
		return engine(f, namespace, pods, "pod-network-latency", [][2]string{to, {"NETWORK_LATENCY", strconv.FormatInt(t.Delay.Milliseconds(), 10)}})
	}
	return nil
}

func engine(f chaos.Fault, ns, pods, experiment string, environment [][2]string) object {
	variables := []object{{"name": "TOTAL_CHAOS_DURATION", "value": "600"}}
	for _, pair := range environment {
		variables = append(variables, object{"name": pair[0], "value": pair[1]})
	}
	return object{
		"apiVersion": "litmuschaos.io/v1alpha1", "kind": "ChaosEngine",
		"metadata": object{"name": f.Name, "namespace": ns},
		"spec": object{
			"engineState": "active", "chaosServiceAccount": "litmus-admin",
			"appinfo":     object{"appns": ns, "applabel": pods, "appkind": "deployment"},
			"experiments": []object{{"name": experiment, "spec": object{"components": object{"env": variables}}}},
		},
	}
}
