package homelab

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"time"
)

// loginTTL is the life of a token from a login.
const loginTTL = time.Hour

// login answers auth/kubernetes/login. Vault asks the Kubernetes API whether
// the JWT is good, so without that API every login is refused.
func (v *vaultNode) login(r *http.Request, body []byte) reply {
	if r.Method != http.MethodPut && r.Method != http.MethodPost {
		return vaultErrors(http.StatusMethodNotAllowed, "unsupported operation")
	}
	var request struct {
		Role string `json:"role"`
		JWT  string `json:"jwt"`
	}
	if err := parse(body, &request); err != nil {
		return vaultErrors(http.StatusInternalServerError, err.Error())
	}
	active := v.lab.active
	switch {
	case request.Role == "":
		return vaultErrors(http.StatusBadRequest, "missing role")
	case request.JWT == "":
		return vaultErrors(http.StatusBadRequest, "missing jwt")
	case request.Role != exporterName:
		return vaultErrors(http.StatusBadRequest, fmt.Sprintf("invalid role name %q", request.Role))
	case active[mainForbidden], active[k8sDown], subtle.ConstantTimeCompare([]byte(request.JWT), []byte(v.lab.auth.jwt)) == 0:
		return vaultErrors(http.StatusForbidden, "permission denied")
	}
	entry := v.tokens.issue(tokenRequest{
		display:  "kubernetes-" + namespace + "-" + exporterName,
		path:     "auth/kubernetes/login",
		policies: []string{exporterName},
		metadata: map[string]string{
			"role":                        exporterName,
			"service_account_name":        exporterName,
			"service_account_namespace":   namespace,
			"service_account_secret_name": "",
			"service_account_uid":         v.lab.kube.serviceAccountUID,
		},
		entityID: v.lab.kube.entityID,
		ttl:      loginTTL,
	})
	return envelope{Auth: entry.grant()}.reply(http.StatusOK)
}
