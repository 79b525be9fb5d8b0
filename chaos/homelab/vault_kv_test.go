package homelab

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	vault "github.com/hashicorp/vault/api"
)

func TestKVByItsClient(t *testing.T) {
	lab := startLab(t)
	root := vaultClient(t, lab, lab.nasServer, rootOf(lab, lab.nas)).KVv2("secret")
	own := vaultClient(t, lab, lab.nasServer, lab.auth.nasToken).KVv2("secret")

	secret, err := own.Get(t.Context(), nasPath)
	if err != nil {
		t.Fatal(err)
	}
	if value, _ := secret.Data[tokenKey].(string); !strings.HasPrefix(value, "hvs.") || len(value) != 28 || secret.VersionMetadata.Version != 1 {
		t.Errorf("got version %d and a token of %d bytes, want 1 and 28", secret.VersionMetadata.Version, len(value))
	}
	if _, err := root.Get(t.Context(), "no/where"); !errors.Is(err, vault.ErrSecretNotFound) {
		t.Errorf("a path without a secret: got %v, want %v", err, vault.ErrSecretNotFound)
	}
	var refused *vault.ResponseError
	if _, err := own.Get(t.Context(), "other"); !errors.As(err, &refused) || refused.StatusCode != 403 {
		t.Errorf("a path without permission: got %v, want 403", err)
	}

	for cas, want := range map[int]string{0: "check-and-set parameter did not match the current version", 1: ""} {
		_, err := root.Put(t.Context(), nasPath, map[string]any{"token": "x"}, vault.WithCheckAndSet(cas))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("cas %d: got %v, want %q", cas, err, want)
		}
	}
	old, err := own.GetVersion(t.Context(), nasPath, 1)
	if err != nil || old.Data[tokenKey] == "x" {
		t.Errorf("version 1 after a write: got %v, want it unchanged", err)
	}
}

func TestKVGone(t *testing.T) {
	lab := startLab(t)
	own := vaultClient(t, lab, lab.nasServer, lab.auth.nasToken)
	for fault, want := range map[string]string{
		kvDeleted:   strings.Replace(metadata1, `"deletion_time":""`, `"deletion_time":"TIME"`, 1),
		kvDestroyed: strings.Replace(metadata1, `"destroyed":false`, `"destroyed":true`, 1),
	} {
		t.Run(fault, func(t *testing.T) {
			heal := undo(t, lab, fault)
			code, body := raw(t, own, "GET", "/v1/secret/data/"+nasPath, "")
			want := `{"request_id":"UUID","lease_id":"","renewable":false,"lease_duration":0,"data":{"data":null,` + want + `},"wrap_info":null,"warnings":null,"auth":null,"mount_type":""}`
			body = strings.Replace(body, `"version":2`, `"version":1`, 1) // healing the other one may have written
			if diff := cmp.Diff(want, body); diff != "" || code != 404 {
				t.Errorf("status %d, body (-want +got):\n%s", code, diff)
			}
			secret, err := own.KVv2("secret").Get(t.Context(), nasPath)
			if err != nil || secret.Data != nil || secret.VersionMetadata.Destroyed != (fault == kvDestroyed) {
				t.Errorf("by its client: got %+v, %v", secret, err)
			}
			heal()
			if secret, err := own.KVv2("secret").Get(t.Context(), nasPath); err != nil || secret.Data == nil {
				t.Errorf("after healing: got %v, want the token", err)
			}
		})
	}
}

// TestKVAnswers compares with recordings of Vault 1.21.0.
func TestKVAnswers(t *testing.T) {
	lab := startLab(t)
	root := vaultClient(t, lab, lab.nasServer, rootOf(lab, lab.nas))
	bad := vaultClient(t, lab, lab.nasServer, "hvs.bogus")
	none := vaultClient(t, lab, lab.nasServer, "")
	const envelope = `{"request_id":"UUID","lease_id":"","renewable":false,"lease_duration":0,"data":`
	const tail = `,"wrap_info":null,"warnings":null,"auth":null,"mount_type":"kv"}` + "\n"
	tests := []struct {
		client             *vault.Client
		method, path, body string
		code               int
		want               string
	}{
		{root, "GET", "x", "", 404, noErrors},
		{root, "PUT", "x", `{"data":{"b":"2","a":"1"}}`, 200, envelope + strings.TrimPrefix(metadata1, `"metadata":`) + tail},
		{root, "GET", "x", "", 200, envelope + `{"data":{"a":"1","b":"2"},` + metadata1 + `}` + tail},
		{root, "GET", "x?version=1", "", 200, envelope + `{"data":{"a":"1","b":"2"},` + metadata1 + `}` + tail},
		{root, "GET", "x?version=9", "", 404, noErrors},
		{root, "GET", "x?version=x", "", 400, `{"errors":["Field validation failed: error converting input for field \"version\": cannot parse '' as int: strconv.ParseInt: parsing \"x\": invalid syntax"]}` + "\n"},
		{root, "POST", "x", `{"foo":"x"}`, 400, `{"errors":["no data provided"]}` + "\n"},
		{root, "POST", "x", "", 400, `{"errors":["no data provided"]}` + "\n"},
		{none, "GET", "x", "", 403, denied},
		{bad, "GET", "x", "", 403, deniedToken},
	}
	for _, test := range tests {
		code, body := raw(t, test.client, test.method, "/v1/secret/data/"+test.path, test.body)
		if diff := cmp.Diff(test.want, body); diff != "" || code != test.code {
			t.Errorf("%s %s: status %d, want %d; body (-want +got):\n%s", test.method, test.path, code, test.code, diff)
		}
	}
	code, body := raw(t, root, "GET", "/v1/nope/data", "")
	if want := `{"errors":["no handler for route \"nope/data\". route entry not found."]}` + "\n"; body != want || code != 404 {
		t.Errorf("a path without an engine: got %d %q, want 404 %q", code, body, want)
	}
	if code, body := raw(t, root, "GET", "/nope", ""); body != "404 page not found\n" || code != 404 {
		t.Errorf("a path outside the API: got %d %q", code, body)
	}
}
