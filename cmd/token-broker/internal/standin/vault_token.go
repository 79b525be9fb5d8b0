package standin

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// token answers auth/token/ACTION for the holder of self.
func (v *Vault) token(action string, self *issued, body []byte) (int, any) {
	var request struct {
		Accessor string            `json:"accessor"`
		Policies []string          `json:"policies"`
		NoParent bool              `json:"no_parent"`
		Meta     map[string]string `json:"meta"`
	}
	_ = json.Unmarshal(body, &request)
	role, underRole := strings.CutPrefix(action, "create/")
	switch {
	case action == "lookup-self":
		return http.StatusOK, map[string]any{"data": self.describe()}
	case action == "create" && !self.root && slices.Contains(request.Policies, "root"):
		return refuse(http.StatusBadRequest, "root tokens may not be created without parent token being root")
	case action == "create":
		made := v.issue(nil, true, request.Meta)
		grant := made.grant()
		grant["auth"].(map[string]any)["orphan"] = request.NoParent
		return http.StatusOK, grant
	case underRole && role == "nas-token":
		return http.StatusOK, v.issue(Policy{}, false, request.Meta).grant()
	case underRole && role == "no-orphan":
		grant := v.issue(Policy{}, false, request.Meta).grant()
		grant["auth"].(map[string]any)["orphan"] = false
		return http.StatusOK, grant
	case action == "revoke-accessor":
		for id, t := range v.tokens {
			if t.accessor == request.Accessor {
				delete(v.tokens, id)
				return http.StatusNoContent, nil
			}
		}
		return http.StatusOK, map[string]any{"data": nil, "warnings": []string{"No token found with this accessor"}}
	case action == "accessors":
		keys := []string{"accessor-that-ended-meanwhile"}
		for _, t := range v.tokens {
			keys = append(keys, t.accessor)
		}
		return http.StatusOK, map[string]any{"data": map[string]any{"keys": keys}}
	case action == "lookup-accessor":
		for _, t := range v.tokens {
			if t.accessor == request.Accessor {
				data := t.describe()
				data["id"] = ""
				return http.StatusOK, map[string]any{"data": data}
			}
		}
		return refuse(http.StatusBadRequest, "1 error occurred:\n\t* invalid accessor\n\n")
	}
	return refuse(http.StatusBadRequest, "unsupported path")
}

func (t *issued) describe() map[string]any {
	data := map[string]any{
		"accessor": t.accessor, "id": t.id, "meta": t.meta, "orphan": true, "ttl": t.ttl,
		"expire_time": nil, "policies": []string{"default"},
	}
	if t.root {
		data["policies"] = []string{"root"}
	} else {
		data["expire_time"] = time.Now().Add(time.Hour).UTC().Format(time.RFC3339Nano)
	}
	return data
}
