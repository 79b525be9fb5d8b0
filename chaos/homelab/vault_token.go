package homelab

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// token answers auth/token/ACTION for the holder of self.
func (v *vaultNode) token(r *http.Request, action string, self *tokenEntry, body []byte) reply {
	write := r.Method == http.MethodPut || r.Method == http.MethodPost
	switch {
	case action == "lookup-self" && (r.Method == http.MethodGet || write):
		return envelope{Data: self.describe(), MountType: "token"}.reply(http.StatusOK)
	case action == "revoke-self" && write:
		v.tokens.revoke(self.id)
		return noContent()
	case action == "revoke-accessor" && write:
		return v.revokeAccessor(body)
	case action == "create" && write:
		return v.createToken(self, body)
	}
	return vaultErrors(http.StatusMethodNotAllowed, "unsupported operation")
}

// describe is the data of lookup-self. The times of the lease are there only
// for tokens that have one.
func (e *tokenEntry) describe() map[string]any {
	data := map[string]any{
		"accessor": e.accessor, "creation_time": e.created.Unix(), "creation_ttl": int64(e.ttl.Seconds()),
		"display_name": e.display, "entity_id": e.entityID, "expire_time": nil, "explicit_max_ttl": 0,
		"id": e.id, "meta": e.metadata, "num_uses": e.uses, "orphan": e.parent == "", "path": e.path,
		"policies": e.policies, "ttl": 0, "type": "service",
	}
	if e.ttl > 0 {
		end := e.created.Add(e.ttl)
		data["expire_time"] = vaultTime(end)
		data["issue_time"] = vaultTime(e.created)
		data["renewable"] = true
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

func (v *vaultNode) createToken(self *tokenEntry, body []byte) reply {
	var request struct {
		Policies    []string        `json:"policies"`
		TTL         json.RawMessage `json:"ttl"`
		NoParent    bool            `json:"no_parent"`
		DisplayName string          `json:"display_name"`
		NumUses     int             `json:"num_uses"`
		NoDefault   bool            `json:"no_default_policy"`
	}
	if err := parse(body, &request); err != nil {
		return vaultErrors(http.StatusInternalServerError, err.Error())
	}
	wanted := tokenRequest{
		parent: self.id, display: "token", path: "auth/token/create", policies: request.Policies,
		Restriction: Restriction{Uses: max(request.NumUses, 0), NoDefault: request.NoDefault},
	}
	if request.NoParent {
		wanted.parent = ""
	}
	if request.DisplayName != "" {
		wanted.display += "-" + request.DisplayName
	}
	if len(wanted.policies) == 0 {
		wanted.policies = slices.Clone(self.policies)
	}
	if slices.Contains(wanted.policies, "root") { // which makes all others pointless
		wanted.policies = []string{"root"}
	}
	ttl, ok := parseTTL(request.TTL)
	if !ok {
		return vaultErrors(http.StatusBadRequest, "could not parse 'ttl' value")
	}
	if wanted.ttl = min(ttl, maxTTL); ttl == 0 && !slices.Contains(wanted.policies, "root") {
		wanted.ttl = maxTTL
	}
	wanted.policies = slices.DeleteFunc(wanted.policies, func(name string) bool { return name == "default" })
	return envelope{Auth: v.tokens.issue(wanted).grant(), MountType: "token"}.reply(http.StatusOK)
}

// parseTTL reads a duration: "1h", "3600" or 3600.
func parseTTL(raw json.RawMessage) (time.Duration, bool) {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	if text == "" || text == "null" {
		return 0, true
	}
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(seconds) * time.Second, seconds >= 0
	}
	ttl, err := time.ParseDuration(text)
	return ttl, err == nil && ttl >= 0
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
