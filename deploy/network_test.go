package deploy

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// place is what a program talks to: a host outside of the cluster, or the pods
// of a Service of its own namespace or of another one.
type place struct {
	address           netip.Addr
	namespace, labels string
	port              int32
}

// address matches what a configuration names.
var address = regexp.MustCompile(`\b(?:https?|tcp)://([a-z0-9.-]+):(\d+)`)

// places are those that the pods of a workload go to.
func places(t *testing.T, objects []object, w workload) []place {
	t.Helper()
	text := ""
	for _, v := range w.pod.Spec.Volumes {
		if v.Name == "config" {
			for _, file := range find(t, objects, "ConfigMap/"+v.ConfigMap.Name)["data"].(map[string]any) {
				text += fmt.Sprint(file)
			}
		}
	}
	for _, e := range w.pod.Spec.Containers[0].Env {
		text += e.Value + "\n"
	}
	var all []place
	for _, m := range address.FindAllStringSubmatch(text, -1) {
		port, err := strconv.ParseInt(m[2], 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		p := place{port: int32(port)}
		host := strings.Split(m[1], ".")
		switch {
		case netipAddr(m[1]).IsValid():
			p.address = netipAddr(m[1])
		case m[1] == "nas-vault.homelab.io": // the mesh's name for it
			p.address = netipAddr("192.168.1.42")
		case len(host) == 3 && host[2] == "svc":
			p.namespace = host[1]
		case len(host) == 1:
			p.labels = m[1]
		default:
			t.Fatalf("%s: got the address %q, of which this test knows nothing", w.name, m[0])
		}
		all = append(all, p)
	}
	if *w.pod.Spec.AutomountServiceAccountToken {
		all = append(all, place{address: netipAddr("10.43.0.1"), port: 443}, place{address: netipAddr("192.168.1.20"), port: 6443})
	}
	return append(all, place{namespace: "kube-system", port: 53})
}

func netipAddr(text string) netip.Addr {
	a, _ := netip.ParseAddr(text)
	return a
}

// allows reports whether a peer of a policy, with these ports, is the place.
func (p place) allows(peer networking.NetworkPolicyPeer, ports []networking.NetworkPolicyPort) bool {
	named := slices.ContainsFunc(ports, func(port networking.NetworkPolicyPort) bool {
		return port.Port.IntVal == p.port || port.Port.StrVal == "proxy" && p.labels != ""
	})
	switch {
	case peer.IPBlock != nil:
		return named && p.address.IsValid() && netip.MustParsePrefix(peer.IPBlock.CIDR).Contains(p.address)
	case peer.NamespaceSelector != nil:
		return named && peer.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"] == p.namespace
	}
	return named && peer.PodSelector != nil && p.labels != "" && peer.PodSelector.MatchLabels["app"] == p.labels
}

// policies are those that select the pods and say something about a direction.
func policies(t *testing.T, objects []object, pod core.PodTemplateSpec, direction networking.PolicyType) (all []networking.NetworkPolicy) {
	t.Helper()
	for _, o := range objects {
		if o["kind"] != "NetworkPolicy" {
			continue
		}
		policy := decode[networking.NetworkPolicy](t, o)
		selector, err := meta.LabelSelectorAsSelector(&policy.Spec.PodSelector)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(policy.Spec.PolicyTypes, direction) && selector.Matches(labelSet(pod.Labels)) {
			all = append(all, policy)
		}
	}
	return all
}

type labelSet map[string]string

func (l labelSet) Has(name string) bool              { _, ok := l[name]; return ok }
func (l labelSet) Get(name string) string            { return l[name] }
func (l labelSet) Lookup(name string) (string, bool) { value, ok := l[name]; return value, ok }

// TestPoliciesAllowWhatIsConfigured: each program reaches every address that its
// shipped configuration has, and no other.
func TestPoliciesAllowWhatIsConfigured(t *testing.T) {
	eachCombination(t, func(t *testing.T, objects []object) {
		for _, w := range workloads(t, objects) {
			used := map[string]bool{"mesh-clients": true} // by the sidecar, which the mesh adds
			if w.name == "Deployment/sample-consumer" {
				continue // an application: the policies are not about it
			}
			for _, p := range places(t, objects, w) {
				allowed := false
				for _, policy := range policies(t, objects, w.pod, networking.PolicyTypeEgress) {
					for _, rule := range policy.Spec.Egress {
						if slices.ContainsFunc(rule.To, func(peer networking.NetworkPolicyPeer) bool { return p.allows(peer, rule.Ports) }) {
							allowed, used[policy.Name] = true, true
						}
					}
				}
				if !allowed {
					t.Errorf("%s: no policy allows %+v", w.name, p)
				}
			}
			if len(policies(t, objects, w.pod, networking.PolicyTypeIngress)) != 1 {
				t.Errorf("%s: want one policy about who may reach it", w.name)
			}
			for _, policy := range policies(t, objects, w.pod, networking.PolicyTypeEgress) {
				if !used[policy.Name] {
					t.Errorf("%s: policy %s allows what it is not configured to use", w.name, policy.Name)
				}
			}
		}
	})
}

// TestOnlyPrometheusReachesTheExporter names the one port and the one namespace.
func TestOnlyPrometheusReachesTheExporter(t *testing.T) {
	policy := decode[networking.NetworkPolicy](t, find(t, build(t, whole), "NetworkPolicy/vault-health-exporter"))
	if len(policy.Spec.Ingress) != 1 || len(policy.Spec.Ingress[0].From) != 1 || policy.Spec.Ingress[0].Ports[0].Port.StrVal != "metrics" ||
		policy.Spec.Ingress[0].From[0].NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"] != "monitoring" {
		t.Errorf("got ingress %+v", policy.Spec.Ingress)
	}
}
