package homelab

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// token answers auth/token/ACTION for the holder of self.
func (v *vaultNode) token(r *http.Request, action string, self *tokenEntry, body []byte) reply {
	write, role := writes(r), strings.TrimPrefix(action, "create/")
	switch {
	case action == "lookup-self" && (r.Method == http.MethodGet || write):
		return envelope{Data: self.describe(), MountType: "token"}.reply(http.StatusOK)
	case action == "revoke-self" && write:
		v.tokens.revoke(self.id)
		return noContent()
	case action == "revoke-accessor" && write:
		return v.revokeAccessor(body)
	case action == "lookup-accessor" && write:
		return v.lookupAccessor(body)
	case action == "accessors" && v.capability(r, "auth/token/accessors") == "list":
		return v.listAccessors()
	case action == "create" && write:
		return v.createToken(self, body)
	case role != action && write:
		return v.createUnderRole(self, role, body)
	}
	return vaultErrors(http.StatusMethodNotAllowed, "unsupported operation")
}

// describe is the data of lookup-self. The times of the lease are there only
// for tokens that have one, and the token that initialising printed has none.
func (e *tokenEntry) describe() map[string]any {
	data := map[string]any{
		"accessor": e.accessor, "creation_time": e.created.Unix(), "creation_ttl": int64(e.ttl.Seconds()),
		"display_name": e.display, "entity_id": e.entityID, "expire_time": nil, "explicit_max_ttl": 0,
		"id": e.id, "meta": e.metadata, "num_uses": e.uses, "orphan": e.parent == "", "path": e.path,
		"policies": e.policies, "ttl": 0, "type": "service",
	}
	if e.path != rootPath {
		data["issue_time"] = vaultTime(e.created)
		data["renewable"] = e.ttl > 0
	}
	if e.ttl > 0 {
		end := e.created.Add(e.ttl)
		data["expire_time"] = vaultTime(end)
		data["ttl"] = int64(time.Until(end).Round(time.Second).Seconds())
	}
	if e.entityID != "" {
		data["external_namespace_policies"] = map[string]any{}
	}
	return data
}

// grant is the "auth" of an answer that hands out a token.
type grant struct {
	ClientToken    string            `json:"client_token"`
	Accessor       string            `json:"accessor"`
	Policies       []string          `json:"policies"`
	TokenPolicies  []string          `json:"token_policies"`
	Metadata       map[string]string `json:"metadata"`
	LeaseDuration  int               `json:"lease_duration"`
	Renewable      bool              `json:"renewable"`
	EntityID       string            `json:"entity_id"`
	TokenType      string            `json:"token_type"`
	Orphan         bool              `json:"orphan"`
	MFARequirement any               `json:"mfa_requirement"`
	NumUses        int               `json:"num_uses"`
}

func (e *tokenEntry) grant() grant {
	return grant{
		ClientToken: e.id, Accessor: e.accessor, Policies: e.policies, TokenPolicies: e.policies,
		Metadata: e.metadata, LeaseDuration: int(e.ttl.Seconds()), Renewable: e.ttl > 0,
		EntityID: e.entityID, TokenType: "service", Orphan: e.parent == "", NumUses: e.uses,
	}
}

func (v *vaultNode) revokeAccessor(body []byte) reply {
	var request struct {
		Accessor string `json:"accessor"`
	}
	if err := parse(body, &request); err != nil {
		return vaultErrors(http.StatusInternalServerError, err.Error())
	}
	if request.Accessor == "" {
		return vaultErrors(http.StatusBadRequest, "1 error occurred:\n\t* missing accessor\n\n")
	}
	entry := v.tokens.byAccessor(request.Accessor)
	if entry == nil {
		return envelope{Warnings: []string{"No token found with this accessor"}, MountType: "token"}.reply(http.StatusOK)
	}
	v.tokens.revoke(entry.id)
	return noContent()
}

// lookupAccessor says everything of a token but the token itself.
func (v *vaultNode) lookupAccessor(body []byte) reply {
	var request struct {
		Accessor string `json:"accessor"`
	}
	if err := parse(body, &request); err != nil {
		return vaultErrors(http.StatusInternalServerError, err.Error())
	}
	entry := v.tokens.byAccessor(request.Accessor)
	switch {
	case request.Accessor == "":
		return vaultErrors(http.StatusBadRequest, "1 error occurred:\n\t* missing accessor\n\n")
	case entry == nil:
		return vaultErrors(http.StatusBadRequest, "1 error occurred:\n\t* invalid accessor\n\n")
	}
	data := entry.describe()
	data["id"] = ""
	return envelope{Data: data, MountType: "token"}.reply(http.StatusOK)
}

func (v *vaultNode) listAccessors() reply {
	var keys []string
	if v.tokens.ended != "" {
		keys = append(keys, v.tokens.ended)
	}
	for _, entry := range v.tokens.byID {
		keys = append(keys, entry.accessor)
	}
	slices.Sort(keys)
	return envelope{Data: map[string]any{"keys": keys}, MountType: "token"}.reply(http.StatusOK)
}
