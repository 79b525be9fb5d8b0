//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/e2e/lab"
)

func TestApplyingAgainChangesNothing(t *testing.T) {
	said, err := home.Apply(t.Context())
	must(t, err)
	objects := 0
	for line := range strings.Lines(said) {
		objects++
		if !strings.HasSuffix(strings.TrimSpace(line), " unchanged") {
			t.Errorf("got %q", strings.TrimSpace(line))
		}
	}
	t.Logf("%d objects unchanged", objects)
	ready, err := home.Kubectl(t.Context(), "get", "externalsecret", "nas-vault-token", "-n", "nas-integration")
	must(t, err)
	if !strings.Contains(ready, "SecretSynced") || !strings.Contains(ready, "True") {
		t.Errorf("got %s", ready)
	}
}

// TestSettingUpAgainChangesNothing runs the shipped setup of the Vaults a second
// time; the first was the lab's own start.
func TestSettingUpAgainChangesNothing(t *testing.T) {
	for side, vault := range map[string]*api.Client{lab.SideNAS: home.NAS(), lab.SideMain: home.Main()} {
		before := setup(t, vault)
		must(t, home.SetUpVault(t.Context(), side))
		if diff := cmp.Diff(before, setup(t, vault)); diff != "" {
			t.Errorf("%s (-first +second):\n%s", side, diff)
		}
		t.Logf("%s: %d mounts, policies and roles are as before", side, len(before))
	}
	recovers(t)
}

// setup is what the shipped script makes, by path.
func setup(t *testing.T, vault *api.Client) map[string]map[string]any {
	t.Helper()
	made := map[string]map[string]any{}
	for _, list := range []string{"sys/policies/acl", "auth/kubernetes/role", "pki/issuers", "pki/roles", "transit/keys"} {
		found, err := vault.Logical().ListWithContext(t.Context(), list)
		if found == nil || err != nil { // the main Vault is no authority and keeps no keys
			continue
		}
		for _, name := range found.Data["keys"].([]any) {
			path := fmt.Sprintf("%s/%s", strings.Replace(list, "issuers", "issuer", 1), name)
			read, err := vault.Logical().ReadWithContext(t.Context(), path)
			must(t, err)
			made[path] = read.Data
		}
	}
	for _, list := range []string{"sys/mounts", "sys/auth"} {
		found, err := vault.Logical().ReadWithContext(t.Context(), list)
		must(t, err)
		for name := range found.Data {
			made[list+"/"+name] = nil
		}
	}
	if len(made) < 10 {
		t.Fatalf("got %d mounts, policies and roles, want at least 10", len(made))
	}
	return made
}

// TestServerTakesEveryManifest asks the API server about the shipped manifests
// as they are. Those of kinds that the lab's cluster does not know are checked
// against their schemas by the tests of the manifests.
func TestServerTakesEveryManifest(t *testing.T) {
	unknown := regexp.MustCompile(`no matches for kind "(ServiceMonitor|PrometheusRule|DestinationRule|VirtualService|ServiceEntry)"|^ensure CRDs are installed first`)
	for _, components := range [][]string{{"sample-consumer"}, {"discovery", "leader-election", "vault-agent"}, {"istio", "monitoring", "sample-consumer"}} {
		taken, refused, err := home.DryRun(t.Context(), components...)
		must(t, err)
		foreign := 0
		for _, line := range refused {
			if !unknown.MatchString(line) {
				t.Errorf("with %q: %s", components, line)
			} else if strings.Contains(line, "no matches") {
				foreign++
			}
		}
		t.Logf("with %q: the server takes %d objects; %d are of kinds that it does not know", components, len(taken), foreign)
		if len(taken) < 30 {
			t.Errorf("with %q: got %d objects taken, want at least 30", components, len(taken))
		}
	}
}

// granted are the calls that each program makes, and no others: whatever else
// is asked has to be forbidden.
var granted = map[string][]string{
	"vault-health-exporter": {
		"get secrets/nas-vault-token", "get configmaps/nas-vault-snapshot",
		"get configmaps/nas-token-backup", // a tier that only the lab has
		"get externalsecrets.external-secrets.io/nas-vault-token", "get secretstores.external-secrets.io/nas-vault-store", "get cronjobs.batch/nas-token-broker", "list jobs.batch",
	},
	"nas-token-broker": {
		"get cronjobs.batch/nas-token-broker", "create events",
		"get events/nas-token-broker.tokenupdated", "patch events/nas-token-broker.tokenupdated",
		"patch events/nas-token-broker.nasunreachable", "patch events/nas-token-broker.invalidtoken",
		"patch events/nas-token-broker.tokenstale", "patch events/nas-token-broker.updatefailed",
	},
	"nas-health-check":      {"get secrets/cluster-vars", "patch secrets/cluster-vars"},
	"vault-backup":          {"patch configmaps/nas-vault-snapshot"},
	"token-rotator":         {"get secrets/nas-vault-token"},
	"nas-vault-store":       nil,
	"vault-agent-nas-proxy": nil,
	"vault-reviewer":        nil,
}

// TestRights asks the API server's own authorizer.
func TestRights(t *testing.T) {
	secrets := []string{"nas-vault-token", "nas-docker-tls", "cluster-vars", "fallback", "nas-emergency-token", "any-other"}
	for account, calls := range granted {
		for _, call := range calls {
			if allowed, err := home.Allowed(t.Context(), account, "nas-integration", call); err != nil || !allowed {
				t.Errorf("%s: %s: got allowed %t, error %v, want true", account, call, allowed, err)
			}
		}
		forbidden := []string{"list secrets", "watch secrets", "create secrets", "delete secrets/nas-vault-token", "create pods", "create pods/exec", "create serviceaccounts/token", "get *.*"}
		for _, secret := range secrets {
			for _, verb := range []string{"get", "patch", "update"} {
				if call := verb + " secrets/" + secret; !slices.Contains(calls, call) {
					forbidden = append(forbidden, call)
				}
			}
		}
		for _, call := range forbidden {
			if allowed, err := home.Allowed(t.Context(), account, "nas-integration", call); err != nil || allowed {
				t.Errorf("%s: %s: got allowed %t, error %v, want false", account, call, allowed, err)
			}
		}
		for _, elsewhere := range []string{"default", "kube-system", "external-secrets"} {
			if allowed, err := home.Allowed(t.Context(), account, elsewhere, "get secrets/nas-vault-token"); err != nil || allowed {
				t.Errorf("%s in %s: got allowed %t, error %v, want false", account, elsewhere, allowed, err)
			}
		}
		t.Logf("%s: %d calls allowed, %d forbidden", account, len(calls), len(forbidden)+3)
	}
}

// TestExporterDecryptsItsCanaryOnly uses the policy that the shipped set-up wrote.
func TestExporterDecryptsItsCanaryOnly(t *testing.T) {
	admin := home.NAS()
	canary, err := home.Kubectl(t.Context(), "--namespace=nas-integration", "get", "configmap", "nas-transit-canary", "-o", "jsonpath={.data.canary}")
	must(t, err)
	sealed, err := admin.Logical().WriteWithContext(t.Context(), "transit/encrypt/autounseal", map[string]any{"plaintext": "c2VhbA=="})
	must(t, err)
	other := sealed.Data["ciphertext"]
	for _, policy := range []string{"vault-health-exporter", "vault-agent-nas-proxy"} {
		made, err := admin.Auth().Token().CreateWithContext(t.Context(), &api.TokenCreateRequest{Policies: []string{policy}, NoParent: true, TTL: "1m"})
		must(t, err)
		client, err := admin.Clone()
		must(t, err)
		client.SetToken(made.Auth.ClientToken)
		for path, calls := range map[string][]struct {
			body    map[string]any
			allowed bool
		}{
			"transit/decrypt/autounseal": {
				{map[string]any{"ciphertext": canary}, true},
				{map[string]any{"ciphertext": other}, false},
				{map[string]any{"batch_input": []any{map[string]any{"ciphertext": other}}}, false},
				{map[string]any{"ciphertext": canary, "batch_input": []any{map[string]any{"ciphertext": other}}}, false},
			},
			"transit/encrypt/autounseal": {{map[string]any{"plaintext": "c2VhbA=="}, false}},
		} {
			for _, call := range calls {
				_, err := client.Logical().WriteWithContext(t.Context(), path, call.body)
				if (err == nil) != call.allowed {
					t.Errorf("%s: %s %v: got %v, want allowed %t", policy, path, call.body, err, call.allowed)
				}
			}
		}
	}
}
