package deploy

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	core "k8s.io/api/core/v1"
	rbac "k8s.io/api/rbac/v1"
)

// shipped are the names and numbers that users, dashboards and the documents
// rely on. A want of nil asks for the object only.
var shipped = []struct {
	object, path string
	want         any
}{
	{"Namespace/nas-integration", "metadata.name", "nas-integration"},

	{"CronJob/nas-token-broker", "spec.schedule", "*/10 * * * *"},
	{"CronJob/nas-token-broker", "spec.concurrencyPolicy", "Forbid"},
	{"CronJob/nas-token-broker", "spec.jobTemplate.spec.backoffLimit", 2.0},
	{"CronJob/nas-token-broker", "spec.jobTemplate.spec.activeDeadlineSeconds", 120.0},
	{"CronJob/nas-health-check", "spec.schedule", "*/5 * * * *"},
	{"CronJob/vault-backup", "spec.schedule", "0 2 * * *"},
	{"CronJob/token-rotator", "spec.concurrencyPolicy", "Forbid"},
	{"Secret/cluster-vars", "data", nil},

	{"SecretStore/nas-vault-store", "spec.provider.vault.path", "secret"},
	{"SecretStore/nas-vault-store", "spec.provider.vault.version", "v2"},
	{"SecretStore/nas-vault-store", "spec.provider.vault.auth.kubernetes.mountPath", "kubernetes"},
	{"SecretStore/nas-vault-store", "spec.provider.vault.caProvider.type", "ConfigMap"},
	{"ExternalSecret/nas-vault-token", "spec.refreshInterval", "5m"},
	{"ExternalSecret/nas-vault-token", "spec.target.name", "nas-vault-token"},
	{"ExternalSecret/nas-vault-token", "spec.target.deletionPolicy", "Retain"},
	{"ExternalSecret/nas-vault-token", "spec.target.template", nil}, // no invented expiry, no hint of the token
	{"ExternalSecret/nas-vault-token", "spec.data.0.secretKey", "token"},
	{"ExternalSecret/nas-vault-token", "spec.data.1.secretKey", "QNAP_VAULT_TOKEN"},
	{"ExternalSecret/nas-vault-token", "spec.data.0.remoteRef.key", "nas/vault-token"},
	{"ExternalSecret/nas-vault-token", "spec.data.1.remoteRef.property", "token"},
	{"ExternalSecret/nas-vault-token", "spec.data.2", nil},

	{"ConfigMap/automation-config", "data", map[string]any{
		"enable-auto-qnap-token": "true", "fallback-to-manual": "true", "health-check-timeout": "30s",
	}},

	{"Deployment/vault-health-exporter", "spec.template.metadata.labels.app", "vault-health-exporter"},
	{"Deployment/vault-health-exporter", "spec.replicas", 2.0}, // one of them stands by
	{"Deployment/vault-health-exporter", "spec.template.spec.containers.0.args.2", "--leader-election"},
	{"Service/vault-health-exporter", "metadata.labels.app", "vault-health-exporter"},
	{"Service/vault-health-exporter", "spec.ports.0.name", "metrics"},
	{"Service/vault-health-exporter", "spec.ports.0.port", 9845.0},
	{"ServiceMonitor/vault-cross-cluster-metrics", "spec.endpoints.0.port", "metrics"},
	{"ServiceMonitor/vault-cross-cluster-metrics", "spec.endpoints.0.path", "/metrics"},
	{"ServiceMonitor/vault-cross-cluster-metrics", "spec.endpoints.0.interval", "30s"},

	{"Deployment/vault-agent-nas-proxy", "spec.template.spec.containers.0.command.1", "agent"},
	{"Service/vault-agent-nas-proxy", "spec.ports.0.port", 8200.0},
	{"Deployment/sample-consumer", "spec.template.spec.containers.0.envFrom.0.secretRef.name", "nas-vault-token"},

	// The circuit breaker: 3 errors in a row open it for 300 s; 2 retries of 2 s.
	{"ServiceEntry/nas-vault", "spec.endpoints.0.address", "192.168.1.42"},
	{"ServiceEntry/nas-vault", "spec.ports.0.number", 61200.0},
	{"DestinationRule/nas-vault", "spec.trafficPolicy.outlierDetection.consecutive5xxErrors", 3.0},
	{"DestinationRule/nas-vault", "spec.trafficPolicy.outlierDetection.baseEjectionTime", "300s"},
	{"DestinationRule/nas-vault", "spec.trafficPolicy.outlierDetection.maxEjectionPercent", 100.0},
	{"VirtualService/nas-vault", "spec.http.0.retries.attempts", 2.0},
	{"VirtualService/nas-vault", "spec.http.0.retries.perTryTimeout", "2s"},
}

func find(t *testing.T, objects []object, name string) object {
	t.Helper()
	i := slices.IndexFunc(objects, func(o object) bool { return o.name() == name })
	if i < 0 {
		t.Fatalf("finding %s: got none", name)
	}
	return objects[i]
}

func TestNamesAndNumbers(t *testing.T) {
	objects := build(t, whole, everything...)
	for _, s := range shipped {
		if got := find(t, objects, s.object).at(s.path); !reflect.DeepEqual(got, s.want) {
			t.Errorf("%s %s: got %v, want %v", s.object, s.path, got, s.want)
		}
	}
}

func TestBreakerIsForOneHost(t *testing.T) {
	objects := build(t, whole, "istio")
	host := find(t, objects, "ServiceEntry/nas-vault").at("spec.hosts.0")
	for _, place := range [][2]string{
		{"VirtualService/nas-vault", "spec.hosts.0"},
		{"VirtualService/nas-vault", "spec.http.0.route.0.destination.host"},
		{"DestinationRule/nas-vault", "spec.host"},
		{"Deployment/vault-agent-nas-proxy", "spec.template.spec.hostAliases.0.hostnames.0"},
	} {
		if got := find(t, objects, place[0]).at(place[1]); got != host {
			t.Errorf("%s %s: got %v, want %v", place[0], place[1], got, host)
		}
	}
}

func TestSelectors(t *testing.T) {
	objects := build(t, whole, everything...)
	for _, name := range []string{"vault-health-exporter", "vault-agent-nas-proxy"} {
		service := decode[core.Service](t, find(t, objects, "Service/"+name))
		pod := decode[core.PodTemplateSpec](t, find(t, objects, "Deployment/"+name).at("spec.template").(map[string]any))
		if !selects(service.Spec.Selector, pod.Labels) {
			t.Errorf("Service %s selects %v, which is not among the pods' %v", name, service.Spec.Selector, pod.Labels)
		}
		target := service.Spec.Ports[0].TargetPort.StrVal
		if pod.Spec.Containers[0].Ports[0].Name != target {
			t.Errorf("Service %s: got target port %q, want the pods' %q", name, target, pod.Spec.Containers[0].Ports[0].Name)
		}
	}
	monitor := decode[monitoring.ServiceMonitor](t, find(t, objects, "ServiceMonitor/vault-cross-cluster-metrics"))
	for _, o := range objects {
		if o["kind"] != "Service" {
			continue
		}
		service := decode[core.Service](t, o)
		if got, want := selects(monitor.Spec.Selector.MatchLabels, service.Labels), service.Name == "vault-health-exporter"; got != want {
			t.Errorf("ServiceMonitor selects Service %s: got %t, want %t", service.Name, got, want)
		}
	}
}

func selects(selector, labels map[string]string) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return len(selector) > 0
}

// A binding that names what is not there grants nothing, and nobody says so.
func TestBindingsNameWhatIsThere(t *testing.T) {
	objects := build(t, whole, everything...)
	for _, o := range objects {
		if !strings.HasSuffix(o["kind"].(string), "Binding") {
			continue
		}
		binding := decode[rbac.RoleBinding](t, o)
		find(t, objects, binding.RoleRef.Kind+"/"+binding.RoleRef.Name)
		for _, subject := range binding.Subjects {
			find(t, objects, subject.Kind+"/"+subject.Name)
			if subject.Namespace != "nas-integration" {
				t.Errorf("%s: got a subject of namespace %q", o.name(), subject.Namespace)
			}
		}
	}
}
