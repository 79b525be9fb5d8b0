package homelab

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// createRequest is what a client may wish of a new token.
type createRequest struct {
	Policies    []string          `json:"policies"`
	TTL         json.RawMessage   `json:"ttl"`
	NoParent    bool              `json:"no_parent"`
	DisplayName string            `json:"display_name"`
	NumUses     int               `json:"num_uses"`
	NoDefault   bool              `json:"no_default_policy"`
	Metadata    map[string]string `json:"meta"`
}

// displayName is the whole one, of which a client chooses the end.
func (c createRequest) displayName() string {
	if c.DisplayName == "" {
		return "token"
	}
	return "token-" + c.DisplayName
}

func (v *vaultNode) createToken(self *tokenEntry, body []byte) reply {
	var request createRequest
	if err := parse(body, &request); err != nil {
		return vaultErrors(http.StatusInternalServerError, err.Error())
	}
	wanted := tokenRequest{
		parent: self.id, display: request.displayName(), path: "auth/token/create", policies: request.Policies, metadata: request.Metadata,
		Restriction: Restriction{Uses: max(request.NumUses, 0), NoDefault: request.NoDefault},
	}
	if request.NoParent {
		wanted.parent = ""
	}
	if len(wanted.policies) == 0 {
		wanted.policies = slices.Clone(self.policies)
	}
	if slices.Contains(wanted.policies, "root") { // which makes all others pointless
		wanted.policies = []string{"root"}
	}
	if refusal := self.mayMake(wanted); refusal != "" {
		return vaultErrors(http.StatusBadRequest, refusal)
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

// mayMake says why a token may not make another one; only root may everything.
func (e *tokenEntry) mayMake(wanted tokenRequest) (refusal string) {
	switch {
	case e.root():
		return ""
	case wanted.parent == "":
		return "root or sudo privileges required to create orphan token"
	case slices.ContainsFunc(wanted.policies, func(p string) bool { return !slices.Contains(e.policies, p) }):
		return "child policies must be subset of parent"
	}
	return ""
}

// tokenRole is what tokens are that are made under it.
type tokenRole struct {
	policies []string
	orphan   bool
	period   time.Duration
}

// writeRole answers auth/token/roles/NAME.
func (v *vaultNode) writeRole(r *http.Request, name string, body []byte) reply {
	var request struct {
		Policies []string        `json:"allowed_policies"`
		Orphan   bool            `json:"orphan"`
		Period   json.RawMessage `json:"token_period"`
	}
	if !writes(r) {
		return unsupported()
	}
	if err := parse(body, &request); err != nil {
		return vaultErrors(http.StatusBadRequest, err.Error())
	}
	period, ok := parseTTL(request.Period)
	if !ok {
		return vaultErrors(http.StatusBadRequest, "could not parse 'token_period' value")
	}
	v.roles[name] = tokenRole{policies: request.Policies, orphan: request.Orphan, period: period}
	return noContent()
}

// createUnderRole answers auth/token/create/ROLE. The role says what the token
// may and how long it lives.
func (v *vaultNode) createUnderRole(self *tokenEntry, name string, body []byte) reply {
	var request createRequest
	if err := parse(body, &request); err != nil {
		return vaultErrors(http.StatusInternalServerError, err.Error())
	}
	role, known := v.roles[name]
	if !known {
		return vaultErrors(http.StatusBadRequest, "unknown role "+name)
	}
	asked, allowed := append([]string{"default"}, request.Policies...), append([]string{"default"}, role.policies...)
	if slices.ContainsFunc(asked, func(p string) bool { return !slices.Contains(allowed, p) }) {
		return vaultErrors(http.StatusBadRequest, fmt.Sprintf("token policies (%q) must be subset of the role's allowed policies (%q) or glob policies ([])", asked, allowed))
	}
	wanted := tokenRequest{
		parent: self.id, display: request.displayName(), path: "auth/token/create/" + name,
		policies: role.policies, metadata: request.Metadata, ttl: role.period,
	}
	if role.orphan {
		wanted.parent = ""
	}
	if wanted.ttl == 0 {
		wanted.ttl = maxTTL
	}
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
