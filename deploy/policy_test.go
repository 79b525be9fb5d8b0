package deploy

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	core "k8s.io/api/core/v1"
	rbac "k8s.io/api/rbac/v1"
)

// workload is an object that runs pods.
type workload struct {
	name string
	pod  core.PodTemplateSpec
}

func workloads(t *testing.T, objects []object) (all []workload) {
	t.Helper()
	paths := map[any]string{"Deployment": "spec.template", "CronJob": "spec.jobTemplate.spec.template"}
	for _, o := range objects {
		if path, ok := paths[o["kind"]]; ok {
			all = append(all, workload{o.name(), decode[core.PodTemplateSpec](t, o.at(path).(map[string]any))})
		}
	}
	return all
}

func is[T comparable](got *T, want T) bool { return got != nil && *got == want }

// podRules are what every pod keeps.
var podRules = []struct {
	name string
	keep func(core.PodSpec, core.Container) bool
}{
	{"runs as 65534 and never as root", func(p core.PodSpec, _ core.Container) bool {
		s := p.SecurityContext
		return s != nil && is(s.RunAsNonRoot, true) && is(s.RunAsUser, 65534) && is(s.RunAsGroup, 65534)
	}},
	{"has the runtime's seccomp profile", func(p core.PodSpec, _ core.Container) bool {
		return p.SecurityContext.SeccompProfile != nil && p.SecurityContext.SeccompProfile.Type == core.SeccompProfileTypeRuntimeDefault
	}},
	{"says whether it gets a token for Kubernetes", func(p core.PodSpec, _ core.Container) bool { return p.AutomountServiceAccountToken != nil }},
	{"gets a token for Kubernetes only with an account of its own", func(p core.PodSpec, _ core.Container) bool {
		return !*p.AutomountServiceAccountToken || p.ServiceAccountName != ""
	}},
	{"shares nothing with its node", func(p core.PodSpec, _ core.Container) bool {
		return !p.HostNetwork && !p.HostPID && !p.HostIPC && !slices.ContainsFunc(p.Volumes, func(v core.Volume) bool { return v.HostPath != nil })
	}},
	{"cannot write to its image", func(_ core.PodSpec, c core.Container) bool { return is(c.SecurityContext.ReadOnlyRootFilesystem, true) }},
	{"cannot gain privileges", func(_ core.PodSpec, c core.Container) bool {
		return is(c.SecurityContext.AllowPrivilegeEscalation, false) && c.SecurityContext.Privileged == nil
	}},
	{"has no capabilities", func(_ core.PodSpec, c core.Container) bool {
		caps := c.SecurityContext.Capabilities
		return caps != nil && slices.Equal(caps.Drop, []core.Capability{"ALL"}) && len(caps.Add) == 0
	}},
	{"keeps the user of its pod", func(_ core.PodSpec, c core.Container) bool {
		return c.SecurityContext.RunAsUser == nil && c.SecurityContext.RunAsNonRoot == nil && c.SecurityContext.SeccompProfile == nil
	}},
	{"has requests and limits", func(_ core.PodSpec, c core.Container) bool {
		for _, list := range []core.ResourceList{c.Resources.Requests, c.Resources.Limits} {
			if list.Cpu().IsZero() || list.Memory().IsZero() {
				return false
			}
		}
		return true
	}},
	{"tells a program of ours how much of its memory it may fill", func(_ core.PodSpec, c core.Container) bool {
		if !strings.Contains(c.Image, "/vault-health-exporter:") {
			return true
		}
		i := slices.IndexFunc(c.Env, func(e core.EnvVar) bool { return e.Name == "GOMEMLIMIT" })
		if i < 0 {
			return false
		}
		var soft int64
		_, err := fmt.Sscanf(c.Env[i].Value, "%dMiB", &soft)
		hard := c.Resources.Limits.Memory().Value() >> 20
		return err == nil && soft >= hard*7/10 && soft <= hard*8/10
	}},
	{"runs a fixed version", func(_ core.PodSpec, c core.Container) bool {
		_, tag, _ := strings.Cut(c.Image, ":")
		return tag != "" && tag != "latest"
	}},
	{"mounts read-only what it does not write", func(p core.PodSpec, c core.Container) bool {
		for _, m := range c.VolumeMounts {
			i := slices.IndexFunc(p.Volumes, func(v core.Volume) bool { return v.Name == m.Name })
			if i < 0 || !m.ReadOnly && p.Volumes[i].PersistentVolumeClaim == nil && p.Volumes[i].EmptyDir == nil {
				return false
			}
		}
		return true
	}},
	{"says how long a login lasts, or no two applies would be the same", func(p core.PodSpec, _ core.Container) bool {
		return !slices.ContainsFunc(p.Volumes, func(v core.Volume) bool {
			return v.Projected != nil && v.Projected.Sources[0].ServiceAccountToken.ExpirationSeconds == nil
		})
	}},
	{"gets no Secret as environment, but for the sample", func(p core.PodSpec, c core.Container) bool {
		fromKey := slices.ContainsFunc(c.Env, func(e core.EnvVar) bool { return e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil })
		return !fromKey && (len(c.EnvFrom) == 0 || c.Name == "consumer")
	}},
}

func TestPods(t *testing.T) {
	eachCombination(t, func(t *testing.T, objects []object) {
		for _, w := range workloads(t, objects) {
			if len(w.pod.Spec.InitContainers) > 0 {
				t.Errorf("%s: got init containers, which these rules do not see", w.name)
			}
			for _, c := range w.pod.Spec.Containers {
				if c.SecurityContext == nil || w.pod.Spec.SecurityContext == nil {
					t.Fatalf("%s: got no security context", w.name)
				}
				for _, rule := range podRules {
					if !rule.keep(w.pod.Spec, c) {
						t.Errorf("%s: container %q does not keep the rule %q", w.name, c.Name, rule.name)
					}
				}
			}
		}
	})
}

// A ServiceAccount gives its token to pods that ask for it only.
func TestServiceAccountsDoNotMount(t *testing.T) {
	for _, o := range build(t, whole, everything...) {
		if o["kind"] == "ServiceAccount" && o["automountServiceAccountToken"] != false {
			t.Errorf("%s: want automountServiceAccountToken false", o.name())
		}
	}
}

// rights are all that the shipped accounts may do, one line for each rule.
const rights = `
ClusterRole/nas-integration-vault-reviewer: create tokenreviews
Role/nas-health-check: get,patch secrets cluster-vars
Role/nas-token-broker: create events
Role/nas-token-broker: get cronjobs nas-token-broker
Role/nas-token-broker: get,patch events nas-token-broker.tokenupdated,nas-token-broker.nasunreachable,nas-token-broker.invalidtoken,nas-token-broker.tokenstale,nas-token-broker.updatefailed
Role/token-rotator: create events
Role/token-rotator: get cronjobs token-rotator
Role/token-rotator: get secrets nas-vault-token
Role/token-rotator: get,patch events token-rotator.tokenrotated,token-rotator.rotationopen,token-rotator.rotationfailed,token-rotator.rotationsuperseded
Role/vault-backup: patch configmaps nas-vault-snapshot
Role/vault-health-exporter: get configmaps nas-vault-snapshot
Role/vault-health-exporter: get cronjobs nas-token-broker
Role/vault-health-exporter: get externalsecrets nas-vault-token
Role/vault-health-exporter: get secrets nas-vault-token
Role/vault-health-exporter: get secretstores nas-vault-store
Role/vault-health-exporter: list jobs
`

// electionRights are those of the component that elects a leader.
var electionRights = []string{
	"Role/vault-health-exporter-leader: create leases",
	"Role/vault-health-exporter-leader: get,update leases vault-health-exporter",
}

func TestRights(t *testing.T) {
	eachCombination(t, func(t *testing.T, objects []object) {
		var lines []string
		for _, o := range objects {
			if o["kind"] != "Role" && o["kind"] != "ClusterRole" {
				continue
			}
			if o.name() == discoveryRole {
				continue // TestDiscoveryMayList
			}
			for _, rule := range decode[rbac.Role](t, o).Rules {
				line := strings.Join([]string{strings.Join(rule.Verbs, ","), strings.Join(rule.Resources, ","), strings.Join(rule.ResourceNames, ",")}, " ")
				lines = append(lines, o.name()+": "+strings.TrimSpace(line))
				if slices.Contains(rule.Resources, "secrets") && (len(rule.ResourceNames) == 0 || slices.Contains(rule.Verbs, "list") || slices.Contains(rule.Verbs, "watch")) {
					t.Errorf("%s: got a rule about secrets that is not about one by name", o.name())
				}
				if strings.Contains(line, "*") || slices.Contains(rule.APIGroups, "*") {
					t.Errorf("%s: got a wildcard", o.name())
				}
			}
		}
		slices.Sort(lines)
		want := strings.Split(strings.TrimSpace(rights), "\n")
		if find(t, objects, "Deployment/vault-health-exporter").at("spec.replicas") != 1.0 {
			want = append(want, electionRights...)
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("the rights (-want +got):\n%s", diff)
		}
	})
}

const discoveryRole = "Role/vault-health-exporter-discovery"

// TestDiscoveryMayList what it asks for, in its own namespace, and nothing else; and
// without the component the exporter may not.
func TestDiscoveryMayList(t *testing.T) {
	with, without := build(t, whole, "discovery"), build(t, whole)
	for _, o := range without {
		if o.name() == discoveryRole {
			t.Error("got the right to list ConfigMaps without the component")
		}
	}
	rules := decode[rbac.Role](t, find(t, with, discoveryRole)).Rules
	if diff := cmp.Diff([]rbac.PolicyRule{{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"list"}}}, rules); diff != "" {
		t.Error(diff)
	}
	if got, want := len(with), len(without)+2; got != want {
		t.Errorf("got %d objects, want %d: a Role and its binding more", got, want)
	}
}

// tokenLike matches a Vault token, a JWT and a PEM block.
var tokenLike = regexp.MustCompile(`\bhv[sbr]\.|\bs\.[A-Za-z0-9]{24}\b|\beyJ[A-Za-z0-9_-]{10}|-----BEGIN`)

func TestNoSecretIsShipped(t *testing.T) {
	for _, o := range build(t, whole, everything...) {
		if o["kind"] == "Secret" && (o["data"] != nil || o["stringData"] != nil) {
			t.Errorf("%s: got data", o.name())
		}
	}
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		if found := tokenLike.Find(data); found != nil {
			t.Errorf("%s: got something that looks like a secret, %q", path, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
