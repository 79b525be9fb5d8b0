package homelab

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	vault "github.com/hashicorp/vault/api"
)

// TestTokenAnswers compares with recordings of Vault 1.21.0.
func TestTokenAnswers(t *testing.T) {
	lab := startLab(t)
	root := vaultClient(t, lab, lab.nasServer, rootOf(lab, lab.nas))
	own := vaultClient(t, lab, lab.nasServer, lab.auth.nasToken)
	const tail = `"wrap_info":null,"warnings":null,"auth":null,"mount_type":"token"}` + "\n"
	const head = `{"request_id":"UUID","lease_id":"","renewable":false,"lease_duration":0,"data":`
	tests := []struct {
		client             *vault.Client
		method, path, body string
		code               int
		want               string
	}{
		{root, "GET", "lookup-self", "", 200, head + `{"accessor":"ACCESSOR","creation_time":0,"creation_ttl":0,"display_name":"root","entity_id":"","expire_time":null,"explicit_max_ttl":0,"id":"TOKEN","meta":null,"num_uses":0,"orphan":true,"path":"auth/token/root","policies":["root"],"ttl":0,"type":"service"},` + tail},
		{own, "GET", "lookup-self", "", 200, head + `{"accessor":"ACCESSOR","creation_time":0,"creation_ttl":2764800,"display_name":"token-vault-health-exporter","entity_id":"","expire_time":"TIME","explicit_max_ttl":0,"id":"TOKEN","issue_time":"TIME","meta":null,"num_uses":0,"orphan":true,"path":"auth/token/create","policies":["default","vault-health-exporter"],"renewable":true,"ttl":2764800,"type":"service"},` + tail},
		{own, "POST", "create", `{"policies":["root"]}`, 403, deniedPolicy},
		{root, "POST", "create", `{"policies":["root"]}`, 200, head + `null,"wrap_info":null,"warnings":null,"auth":{"client_token":"TOKEN","accessor":"ACCESSOR","policies":["root"],"token_policies":["root"],"metadata":null,"lease_duration":0,"renewable":false,"entity_id":"","token_type":"service","orphan":false,"mfa_requirement":null,"num_uses":0},"mount_type":"token"}` + "\n"},
		{root, "POST", "create", `{"policies":["reader"],"ttl":"1h"}`, 200, head + `null,"wrap_info":null,"warnings":null,"auth":{"client_token":"TOKEN","accessor":"ACCESSOR","policies":["default","reader"],"token_policies":["default","reader"],"metadata":null,"lease_duration":3600,"renewable":true,"entity_id":"","token_type":"service","orphan":false,"mfa_requirement":null,"num_uses":0},"mount_type":"token"}` + "\n"},
		{root, "POST", "revoke-accessor", `{"accessor":"nobody"}`, 200, head + `null,"wrap_info":null,"warnings":["No token found with this accessor"],"auth":null,"mount_type":"token"}` + "\n"},
		{root, "POST", "revoke-accessor", `{}`, 400, `{"errors":["1 error occurred:\n\t* missing accessor\n\n"]}` + "\n"},
		{own, "PUT", "revoke-self", "", 204, ""},
		{own, "PUT", "revoke-self", "", 403, deniedToken},
		{own, "GET", "lookup-self", "", 403, deniedToken},
	}
	for _, test := range tests {
		code, body := raw(t, test.client, test.method, "/v1/auth/token/"+test.path, test.body)
		if diff := cmp.Diff(test.want, body); diff != "" || code != test.code {
			t.Errorf("%s %s: status %d, want %d; body (-want +got):\n%s", test.method, test.path, code, test.code, diff)
		}
	}
}

func TestRevocationReachesChildren(t *testing.T) {
	lab := startLab(t)
	root := vaultClient(t, lab, lab.nasServer, rootOf(lab, lab.nas))
	parent, err := root.Auth().Token().CreateWithContext(t.Context(), &vault.TokenCreateRequest{Policies: []string{"root"}})
	if err != nil {
		t.Fatal(err)
	}
	asParent := vaultClient(t, lab, lab.nasServer, parent.Auth.ClientToken)
	child, err := asParent.Auth().Token().CreateWithContext(t.Context(), &vault.TokenCreateRequest{TTL: "30m"})
	if err != nil {
		t.Fatal(err)
	}
	asChild := vaultClient(t, lab, lab.nasServer, child.Auth.ClientToken)
	if err := root.Auth().Token().RevokeAccessorWithContext(t.Context(), parent.Auth.Accessor); err != nil {
		t.Fatal(err)
	}
	for name, client := range map[string]*vault.Client{"parent": asParent, "child": asChild} {
		if _, err := client.Auth().Token().LookupSelfWithContext(t.Context()); err == nil || !strings.Contains(err.Error(), "invalid token") {
			t.Errorf("the %s: got %v, want it revoked", name, err)
		}
	}
}

func TestKubernetesLogin(t *testing.T) {
	lab := startLab(t)
	client := vaultClient(t, lab, lab.mainServer, "")
	good := map[string]any{"role": exporterName, "jwt": lab.auth.jwt}
	tests := []struct {
		fault string
		body  map[string]any
		want  string
	}{
		{"", map[string]any{"role": exporterName, "jwt": "b"}, "Code: 403. Errors:\n\n* permission denied"},
		{"", map[string]any{"role": "b", "jwt": "b"}, `Code: 400. Errors:` + "\n\n" + `* invalid role name "b"`},
		{"", map[string]any{"jwt": "b"}, "Code: 400. Errors:\n\n* missing role"},
		{"", map[string]any{"role": "b"}, "Code: 400. Errors:\n\n* missing jwt"},
		{mainForbidden, good, "Code: 403. Errors:\n\n* permission denied"},
		{k8sDown, good, "Code: 403. Errors:\n\n* permission denied"},
		{mainSealed, good, "Code: 503. Errors:\n\n* Vault is sealed"},
	}
	for _, test := range tests {
		heal := func() {}
		if test.fault != "" {
			heal = undo(t, lab, test.fault)
		}
		_, err := client.Logical().WriteWithContext(t.Context(), "auth/kubernetes/login", test.body)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.fault, err, test.want)
		}
		heal()
	}

	secret, err := client.Logical().WriteWithContext(t.Context(), "auth/kubernetes/login", good)
	if err != nil {
		t.Fatal(err)
	}
	client.SetToken(secret.Auth.ClientToken)
	if copied, err := client.KVv2("secret").Get(t.Context(), mainPath); err != nil || copied.Data["source"] != "nas-token-broker" {
		t.Errorf("reading the copy: got %v, want the broker's", err)
	}
	if _, err := client.KVv2("secret").Put(t.Context(), mainPath, map[string]any{"token": "x"}); err == nil {
		t.Error("writing the copy: got no error, want a refusal")
	}
}
