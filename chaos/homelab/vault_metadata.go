package homelab

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// noted reports whether there are metadata at a path, with versions or without.
func (v *vaultNode) noted(path string) bool {
	return v.kv.newest(path) != nil || v.notes[path] != nil
}

// secretMetadata answers secret/metadata/PATH.
func (v *vaultNode) secretMetadata(r *http.Request, path string, body []byte) reply {
	var request struct {
		Custom map[string]*string `json:"custom_metadata"`
	}
	if err := parse(body, &request); err != nil {
		return vaultErrors(http.StatusBadRequest, err.Error())
	}
	switch r.Method {
	case http.MethodDelete:
		delete(v.kv, path)
		delete(v.notes, path)
		delete(v.begun, path)
		return noContent()
	case http.MethodPut, http.MethodPost:
		if !v.noted(path) {
			v.begun[path] = time.Now()
		}
		if request.Custom != nil || !v.noted(path) {
			v.notes[path] = map[string]string{}
		}
	case http.MethodGet, http.MethodPatch:
		switch {
		case r.Method == http.MethodPatch && r.Header.Get("Content-Type") != mergePatch:
			return notMergePatch(r)
		case r.Method == http.MethodPatch && !v.noted(path):
			return nothingThere()
		case !v.noted(path):
			return vaultErrors(http.StatusNotFound)
		case r.Method == http.MethodGet:
			return envelope{Data: v.describeSecret(path), MountType: "kv"}.reply(http.StatusOK)
		}
		if v.notes[path] == nil {
			v.notes[path] = map[string]string{}
		}
	default:
		return vaultErrors(http.StatusMethodNotAllowed, "unsupported operation")
	}
	for key, value := range request.Custom {
		if value == nil {
			delete(v.notes[path], key)
		} else {
			v.notes[path][key] = *value
		}
	}
	return noContent()
}

// describeSecret is what Vault says of all versions of a secret, but for who
// wrote them.
func (v *vaultNode) describeSecret(path string) map[string]any {
	begun := vaultTime(v.begun[path])
	all := map[string]any{
		"cas_required": false, "created_time": begun, "current_version": 0, "custom_metadata": nil, "delete_version_after": "0s",
		"max_versions": 0, "oldest_version": 0, "updated_time": begun,
	}
	if notes := v.notes[path]; len(notes) > 0 {
		all["custom_metadata"] = notes
	}
	versions := map[string]any{}
	for i, version := range v.kv[path] {
		if i == 0 && v.begun[path].IsZero() {
			all["created_time"] = vaultTime(version.created)
		}
		if i == 0 && version.number > 1 { // before, nothing was dropped
			all["oldest_version"] = version.number
		}
		all["updated_time"], all["current_version"] = vaultTime(version.created), version.number
		described := version.metadata()
		delete(described, "custom_metadata")
		delete(described, "version")
		versions[strconv.Itoa(version.number)] = described
	}
	all["versions"] = versions
	return all
}

func notMergePatch(r *http.Request) reply {
	return vaultErrors(http.StatusUnsupportedMediaType, fmt.Sprintf("PATCH requires Content-Type of %s, provided %s", mergePatch, r.Header.Get("Content-Type")))
}
