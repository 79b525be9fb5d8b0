package standin

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

const created = "2026-11-21T21:24:22.082243926Z"

// Put writes a new version of a secret.
func (v *Vault) Put(path string, data map[string]any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.put(path, data)
}

func (v *Vault) put(path string, data map[string]any) int {
	if v.secrets[path] == nil {
		v.secrets[path] = &secret{}
	}
	s := v.secrets[path]
	s.versions = append(s.versions, maps.Clone(data))
	v.Writes++
	return len(s.versions)
}

// Get returns the newest version of a secret, nil where there is none.
func (v *Vault) Get(path string) map[string]any {
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.secrets[path].newest())
}

// SetCustom replaces the custom metadata of a secret, whoever's it is.
func (v *Vault) SetCustom(path string, custom map[string]any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.secrets[path] == nil {
		v.secrets[path] = &secret{}
	}
	v.secrets[path].custom = maps.Clone(custom)
}

// Custom returns the custom metadata of a secret.
func (v *Vault) Custom(path string) map[string]any {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.secrets[path] == nil {
		return nil
	}
	return maps.Clone(v.secrets[path].custom)
}

// Remember returns what restores the Vault to what it is now.
func (v *Vault) Remember() (restore func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	tokens, secrets := maps.Clone(v.tokens), map[string]*secret{}
	for path, s := range v.secrets {
		secrets[path] = &secret{versions: slices.Clone(s.versions), custom: maps.Clone(s.custom)}
	}
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.tokens, v.secrets = tokens, secrets
	}
}

func (s *secret) newest() map[string]any {
	if s == nil || len(s.versions) == 0 {
		return nil
	}
	return s.versions[len(s.versions)-1]
}

func (s *secret) count() int {
	if s == nil {
		return 0
	}
	return len(s.versions)
}

func (s *secret) meta() map[string]any {
	return map[string]any{"created_time": created, "custom_metadata": s.custom, "deletion_time": "", "destroyed": false, "version": s.count()}
}

// data answers secret/data/PATH.
func (v *Vault) data(method, path string, body []byte) (int, any) {
	var request struct {
		Data    map[string]any
		Options struct{ CAS *int }
	}
	_ = json.Unmarshal(body, &request)
	found := v.secrets[path]
	if method == http.MethodGet || method == http.MethodPatch {
		switch {
		case found.count() == 0:
			return refuse(http.StatusNotFound)
		case found.newest() == nil:
			meta := found.meta()
			meta["deletion_time"] = created
			return http.StatusNotFound, map[string]any{"data": map[string]any{"data": nil, "metadata": meta}}
		case method == http.MethodGet:
			return http.StatusOK, map[string]any{"data": map[string]any{"data": found.newest(), "metadata": found.meta()}}
		}
	}
	if method == http.MethodDelete {
		v.put(path, nil)
		return http.StatusNoContent, nil
	}
	if cas := request.Options.CAS; cas != nil && *cas != found.count() {
		return refuse(http.StatusBadRequest, "check-and-set parameter did not match the current version")
	}
	if method == http.MethodPatch {
		merged := maps.Clone(found.newest())
		maps.Copy(merged, request.Data)
		request.Data = merged
	}
	v.put(path, request.Data)
	return http.StatusOK, map[string]any{"data": v.secrets[path].meta()}
}

// metadata answers secret/metadata/PATH.
func (v *Vault) metadata(method, path string, body []byte) (int, any) {
	var request struct {
		Custom map[string]any `json:"custom_metadata"`
	}
	_ = json.Unmarshal(body, &request)
	found := v.secrets[path]
	switch {
	case method == http.MethodDelete:
		delete(v.secrets, path)
		return http.StatusNoContent, nil
	case found == nil && method == http.MethodGet:
		return refuse(http.StatusNotFound)
	case found == nil && method == http.MethodPatch:
		return refuse(http.StatusNotFound)
	case found == nil:
		v.secrets[path] = &secret{custom: request.Custom}
		return http.StatusNoContent, nil
	case method == http.MethodGet:
		return http.StatusOK, map[string]any{"data": map[string]any{
			"cas_required": false, "created_time": created, "current_version": found.count(), "custom_metadata": found.custom,
			"delete_version_after": "0s", "max_versions": 0, "oldest_version": 0, "updated_time": created, "versions": map[string]any{},
		}}
	case method != http.MethodPatch:
		found.custom = nil // a put replaces
	}
	if found.custom == nil {
		found.custom = map[string]any{}
	}
	for key, value := range request.Custom {
		if value == nil {
			delete(found.custom, key)
		} else {
			found.custom[key] = value
		}
	}
	return http.StatusNoContent, nil
}
