package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// nasVault is the NAS Vault of the state machine, embedded or a real one, as its
// administrator sees it: over its own API.
type nasVault struct {
	url, token string
}

// call makes one request and returns the reply's fields "data" and "auth".
func (v nasVault) call(token, method, path string, body any) (data, auth map[string]any) {
	encoded, _ := json.Marshal(body)
	req, err := http.NewRequest(method, v.url+"/v1/"+path, bytes.NewReader(encoded))
	if err != nil {
		panic(err)
	}
	req.Header.Set("X-Vault-Token", token)
	if method == http.MethodPatch {
		req.Header.Set("Content-Type", "application/merge-patch+json")
	}
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		panic(err)
	}
	defer reply.Body.Close()
	content, _ := io.ReadAll(reply.Body)
	var fields struct{ Data, Auth map[string]any }
	_ = json.Unmarshal(content, &fields)
	return fields.Data, fields.Auth
}

func (v nasVault) admin(method, path string, body any) map[string]any {
	data, _ := v.call(v.token, method, path, body)
	return data
}

// issue makes a root token that no rotation made.
func (v nasVault) issue() (id, accessor string) {
	_, auth := v.call(v.token, http.MethodPost, "auth/token/create", map[string]any{"policies": []string{"root"}, "no_parent": true})
	return auth["client_token"].(string), auth["accessor"].(string)
}

// accessor returns that of a token; "" for one that does not work.
func (v nasVault) accessor(id string) string {
	if id == "" || strings.ContainsAny(id, " \n") {
		return ""
	}
	data, _ := v.call(id, http.MethodGet, "auth/token/lookup-self", nil)
	accessor, _ := data["accessor"].(string)
	return accessor
}

// meta returns a token's metadata, and whether it is alive.
func (v nasVault) meta(accessor string) (map[string]any, bool) {
	data := v.admin(http.MethodPost, "auth/token/lookup-accessor", map[string]any{"accessor": accessor})
	meta, _ := data["meta"].(map[string]any)
	return meta, data["accessor"] == accessor
}

func (v nasVault) published(path string) string {
	data := v.admin(http.MethodGet, "secret/data/"+path, nil)
	fields, _ := data["data"].(map[string]any)
	id, _ := fields["token"].(string)
	return id
}

func (v nasVault) publish(path string, fields map[string]any) {
	v.admin(http.MethodPut, "secret/data/"+path, map[string]any{"data": fields})
}

// journal returns all custom metadata as one text.
func (v nasVault) journal(path string) map[string]any {
	custom, _ := v.admin(http.MethodGet, "secret/metadata/"+path, nil)["custom_metadata"].(map[string]any)
	return custom
}

func (v nasVault) note(path, key string, value any) {
	v.admin(http.MethodPatch, "secret/metadata/"+path, map[string]any{"custom_metadata": map[string]any{key: value}})
}

func text(v any) string { return fmt.Sprint(v) }
