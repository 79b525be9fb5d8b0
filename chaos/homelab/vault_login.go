package homelab

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// loginTTL is the life of a token from a login.
const loginTTL = time.Hour

// loginRole says which ServiceAccounts may log in with a role, and as what.
type loginRole struct{ accounts, policies []string }

// writeLogin answers auth/kubernetes/role/NAME.
func (v *vaultNode) writeLogin(r *http.Request, name string, body []byte) reply {
	var request struct {
		Accounts []string `json:"bound_service_account_names"`
		Policies []string `json:"token_policies"`
		Audience string   `json:"audience"`
	}
	if !writes(r) {
		return unsupported()
	}
	if err := parse(body, &request); err != nil {
		return vaultErrors(http.StatusBadRequest, err.Error())
	}
	v.logins[name] = loginRole{accounts: request.Accounts, policies: request.Policies}
	if request.Audience != "" {
		return noContent()
	}
	return envelope{MountType: "kubernetes", Warnings: []string{
		"Role " + name + " does not have an audience configured. While audiences are not required, consider specifying one if your use case would benefit from additional JWT claim verification.",
	}}.reply(http.StatusOK)
}

// login answers auth/kubernetes/login. Vault asks the Kubernetes API whether
// the JWT is good, so without that API every login is refused.
func (v *vaultNode) login(r *http.Request, body []byte) reply {
	if !writes(r) {
		return vaultErrors(http.StatusMethodNotAllowed, "unsupported operation")
	}
	var request struct {
		Role string `json:"role"`
		JWT  string `json:"jwt"`
	}
	if err := parse(body, &request); err != nil {
		return vaultErrors(http.StatusInternalServerError, err.Error())
	}
	role, known := v.logins[request.Role]
	who, active := v.lab.kube.review(request.JWT), v.lab.active
	switch {
	case request.Role == "":
		return vaultErrors(http.StatusBadRequest, "missing role")
	case request.JWT == "":
		return vaultErrors(http.StatusBadRequest, "missing jwt")
	case !known:
		return vaultErrors(http.StatusBadRequest, fmt.Sprintf("invalid role name %q", request.Role))
	case who == nil, active[k8sDown], active[mainForbidden] && v.name == Main && who.name == exporterName:
		return vaultErrors(http.StatusForbidden, "permission denied")
	case !slices.Contains(role.accounts, who.name):
		return vaultErrors(http.StatusForbidden, "service account name not authorized")
	case slices.Contains(role.policies, "root"):
		return vaultErrors(http.StatusBadRequest, "auth methods cannot create root tokens")
	}
	entry := v.tokens.issue(tokenRequest{
		display:  "kubernetes-" + namespace + "-" + who.name,
		path:     "auth/kubernetes/login",
		policies: role.policies,
		metadata: map[string]string{
			"role":                        request.Role,
			"service_account_name":        who.name,
			"service_account_namespace":   namespace,
			"service_account_secret_name": "",
			"service_account_uid":         who.uid,
		},
		entityID: who.entityID,
		ttl:      loginTTL,
	})
	return envelope{Auth: entry.grant()}.reply(http.StatusOK)
}
