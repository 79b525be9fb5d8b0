package export

import (
	"fmt"

	"homelab.io/vault-health-exporter/chaos"
)

// ChaosMesh returns the faults as manifests of Chaos Mesh, chaos-mesh.org/v1alpha1.
func ChaosMesh() ([]byte, error) {
	var objects []object
	var does []string
	add := func(f chaos.Fault, o object) {
		if o != nil {
			objects, does = append(objects, o), append(does, f.Does)
		}
	}
	for _, f := range overTheWire() {
		add(f, meshNetwork(f))
		if f.Name == chaos.Partition {
			add(f, meshMachine(f))
		}
	}
	for _, pods := range []struct{ fault, action string }{{chaos.ESOGone, "pod-failure"}, {chaos.ESORestart, "pod-kill"}} {
		f, _ := chaos.Find(pods.fault)
		o := meshObject("PodChaos", f, object{"action": pods.action, "mode": "all", "selector": selector(operatorNS, operator)})
		if pods.action == "pod-failure" {
			o["spec"].(object)["duration"] = lasts
		}
		add(f, o)
	}
	return documents(objects, does)
}

func meshObject(kind string, f chaos.Fault, spec object) object {
	return object{
		"apiVersion": "chaos-mesh.org/v1alpha1", "kind": kind,
		"metadata": object{"name": f.Name, "namespace": namespace}, "spec": spec,
	}
}

func selector(ns string, labels map[string]any) object {
	return object{"namespaces": []string{ns}, "labelSelectors": labels}
}

// meshNetwork disturbs what the exporter's pods say to the NAS; nil where Chaos
// Mesh cannot.
func meshNetwork(f chaos.Fault) object {
	t := f.Link.Toxic
	spec := object{
		"mode": "all", "selector": selector(namespace, exporter), "direction": "to",
		"externalTargets": []string{nas}, "duration": lasts,
	}
	switch t.Kind {
	case chaos.Drop:
		spec["action"], spec["direction"] = "partition", "both"
	case chaos.StallUp:
		spec["action"] = "partition"
	case chaos.Latency:
		spec["action"], spec["delay"] = "delay", object{"latency": t.Delay.String()}
	case chaos.Bandwidth:
		spec["action"], spec["bandwidth"] = "bandwidth", object{"rate": fmt.Sprintf("%dbps", 8*t.Bytes), "limit": 1000, "buffer": 1000}
	default:
		return nil
	}
	return meshObject("NetworkChaos", f, spec)
}

// meshMachine cuts the machines of the cluster and the NAS from each other, where
// chaosd runs on one of them.
func meshMachine(f chaos.Fault) object {
	o := meshObject("PhysicalMachineChaos", f, object{
		"action": "network-partition", "mode": "all", "address": []string{cluster + ":31767"}, "duration": lasts,
		"network-partition": object{"device": "eth0", "direction": "both", "ip-address": nas},
	})
	o["metadata"].(object)["name"] = f.Name + "-machines"
	return o
}
