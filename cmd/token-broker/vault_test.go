package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
)

// vault is one of the Vaults, embedded or a real one, as its administrator sees
// it: over its own API.
type vault struct {
	url, token string
	transport  http.RoundTripper // nil is the network's
}

// directly is the transport to a server without a network.
type directly struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (d directly) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	d.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

// capabilities are a policy: what may be done, by path.
type capabilities map[string][]string

// call makes one request and returns the reply's fields "data" and "auth".
func (v vault) call(token, method, path string, body any) (data, auth map[string]any) {
	encoded, _ := json.Marshal(body)
	req, err := http.NewRequest(method, v.url+"/v1/"+path, bytes.NewReader(encoded))
	if err != nil {
		panic(err)
	}
	req.Header.Set("X-Vault-Token", token)
	if method == http.MethodPatch {
		req.Header.Set("Content-Type", "application/merge-patch+json")
	}
	reply, err := (&http.Client{Transport: v.transport}).Do(req)
	if err != nil {
		panic(err)
	}
	defer reply.Body.Close()
	content, _ := io.ReadAll(reply.Body)
	var fields struct{ Data, Auth map[string]any }
	_ = json.Unmarshal(content, &fields)
	return fields.Data, fields.Auth
}

func (v vault) admin(method, path string, body any) map[string]any {
	data, _ := v.call(v.token, method, path, body)
	return data
}

// issue makes a root token that no rotation made.
func (v vault) issue() (id, accessor string) {
	_, auth := v.call(v.token, http.MethodPost, "auth/token/create", map[string]any{"policies": []string{"root"}, "no_parent": true})
	return auth["client_token"].(string), auth["accessor"].(string)
}

// accessor returns that of a token; "" for one that does not work.
func (v vault) accessor(id string) string {
	if id == "" || strings.ContainsAny(id, " \n") {
		return ""
	}
	data, _ := v.call(id, http.MethodGet, "auth/token/lookup-self", nil)
	accessor, _ := data["accessor"].(string)
	return accessor
}

// live reports whether a token works.
func (v vault) live(id string) bool { return v.accessor(id) != "" }

func (v vault) revoke(accessor string) {
	v.admin(http.MethodPost, "auth/token/revoke-accessor", map[string]any{"accessor": accessor})
}

// roots returns the accessors of the root tokens that work, but the
// administrator's own.
func (v vault) roots() []string {
	var roots []string
	own := v.accessor(v.token)
	keys, _ := v.admin("LIST", "auth/token/accessors", nil)["keys"].([]any)
	for _, key := range keys {
		data := v.admin(http.MethodPost, "auth/token/lookup-accessor", map[string]any{"accessor": key})
		if policies, _ := data["policies"].([]any); key != own && slices.Contains(policies, any("root")) {
			roots = append(roots, key.(string))
		}
	}
	return roots
}

// meta returns a token's metadata, and whether it is alive.
func (v vault) meta(accessor string) (map[string]any, bool) {
	data := v.admin(http.MethodPost, "auth/token/lookup-accessor", map[string]any{"accessor": accessor})
	meta, _ := data["meta"].(map[string]any)
	return meta, data["accessor"] == accessor
}

func (v vault) published(path string) string {
	id, _ := v.get(path)["token"].(string)
	return id
}

// get returns the fields of a secret's newest version.
func (v vault) get(path string) map[string]any {
	fields, _ := v.admin(http.MethodGet, "secret/data/"+path, nil)["data"].(map[string]any)
	return fields
}

func (v vault) publish(path string, fields map[string]any) {
	v.admin(http.MethodPut, "secret/data/"+path, map[string]any{"data": fields})
}

// journal returns all custom metadata as one text.
func (v vault) journal(path string) map[string]any {
	custom, _ := v.admin(http.MethodGet, "secret/metadata/"+path, nil)["custom_metadata"].(map[string]any)
	return custom
}

func (v vault) note(path, key string, value any) {
	v.admin(http.MethodPatch, "secret/metadata/"+path, map[string]any{"custom_metadata": map[string]any{key: value}})
}

// setNotes replaces all custom metadata, whoever's they are.
func (v vault) setNotes(path string, notes map[string]any) {
	v.admin(http.MethodPost, "secret/metadata/"+path, map[string]any{"custom_metadata": notes})
}

// allow writes a policy, in the one of its two forms that needs no template.
func (v vault) allow(policy string, may capabilities) {
	paths := map[string]any{}
	for path, what := range may {
		paths[path] = map[string]any{"capabilities": what}
	}
	encoded, _ := json.Marshal(map[string]any{"path": paths})
	v.admin(http.MethodPut, "sys/policies/acl/"+policy, map[string]any{"policy": string(encoded)})
}

// admit lets the commands' ServiceAccount log in with a role and gives it the
// policy of the same name.
func (v vault) admit(role string, may capabilities) {
	v.allow(role, may)
	v.admin(http.MethodPost, "auth/kubernetes/role/"+role, map[string]any{
		"bound_service_account_names": []string{cronJob}, "bound_service_account_namespaces": []string{"nas-integration"}, "token_policies": []string{role},
	})
}

// issueWith makes a token that has an end, with a policy.
func (v vault) issueWith(policy string) string {
	_, auth := v.call(v.token, http.MethodPost, "auth/token/create", map[string]any{"policies": []string{policy}, "no_parent": true, "ttl": "1h"})
	return auth["client_token"].(string)
}

func text(v any) string { return fmt.Sprint(v) }
