package homelab

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// policy is what the holder of a token may do besides Vault's default policy.
type policy struct {
	may  map[string][]string   // capabilities, by path of the request
	only map[string]parameters // all that a body may have, by the same
}

// parameters are all that the body of a request may have; none allows any.
type parameters map[string]string

func (p parameters) allow(body []byte) bool {
	var given map[string]any
	if len(p) == 0 || json.Unmarshal(body, &given) != nil {
		return true // what is no object at all is for the engine to refuse
	}
	for name, value := range given {
		if allowed, ok := p[name]; !ok || value != allowed {
			return false
		}
	}
	return true
}

func (v *vaultNode) allowed(self *tokenEntry, r *http.Request, path string, body []byte) bool {
	for _, name := range self.policies {
		switch name {
		case "root":
			return true
		case "default":
			if path == "auth/token/lookup-self" || path == "auth/token/revoke-self" {
				return true
			}
		default:
			p := v.policies[name]
			if slices.Contains(p.may[path], v.capability(r, path)) && p.only[path].allow(body) && !v.withdrawn(path) {
				return true
			}
		}
	}
	return false
}

// capability is what a request takes.
func (v *vaultNode) capability(r *http.Request, path string) string {
	switch r.Method {
	case "LIST":
		return "list"
	case http.MethodPatch:
		return "patch"
	case http.MethodDelete:
		return "delete"
	case http.MethodPut, http.MethodPost:
		// Only of a KV secret Vault asks whether it is there already.
		data, isData := strings.CutPrefix(path, "secret/data/")
		all, isMetadata := strings.CutPrefix(path, "secret/metadata/")
		if isData && v.kv.newest(data) == nil || isMetadata && !v.noted(all) {
			return "create"
		}
		return "update"
	}
	if r.URL.Query().Get("list") == "true" {
		return "list"
	}
	return "read"
}

// withdrawn reports whether a fault took the path out of the exporter's policy.
func (v *vaultNode) withdrawn(path string) bool {
	return v.lab.active[pkiForbidden] && strings.HasPrefix(path, "pki/") ||
		v.lab.active[transitForbidden] && strings.HasPrefix(path, "transit/")
}

// writePolicy answers sys/policies/acl/NAME. Of the two forms that Vault reads
// the embedded one reads JSON.
func (v *vaultNode) writePolicy(r *http.Request, name string, body []byte) reply {
	var request struct {
		Policy string `json:"policy"`
	}
	var rules struct {
		Path map[string]struct {
			Capabilities []string `json:"capabilities"`
		} `json:"path"`
	}
	if !writes(r) {
		return unsupported()
	}
	if parse(body, &request) != nil || json.Unmarshal([]byte(request.Policy), &rules) != nil {
		return vaultErrors(http.StatusBadRequest, "failed to parse policy: the embedded Vault reads policies in JSON")
	}
	made := policy{may: map[string][]string{}}
	for path, rule := range rules.Path {
		made.may[path] = rule.Capabilities
	}
	v.policies[name] = made
	return noContent()
}

// writes reports whether a request is one of the two that Vault takes for the same.
func writes(r *http.Request) bool {
	return r.Method == http.MethodPut || r.Method == http.MethodPost
}
