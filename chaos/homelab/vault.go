package homelab

import (
	"crypto/cipher"
	"net/http"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/chaos"
)

// vaultVersion is the version whose answers were recorded.

const vaultVersion = "1.21.0"

// activeNode is where a standby sends clients whose requests it cannot forward.
const activeNode = "active.invalid:8200"

// vaultNode is one Vault server.

type vaultNode struct {
	lab       *Homelab
	name      string // "nas" or "main"
	clusterID string
	standing  condition // that no fault is the reason of
	tokens    *tokenStore
	kv        kvStore
	notes     map[string]map[string]string // custom metadata, by path in kv
	begun     map[string]time.Time         // of metadata that were there before a version, by the same
	unsealKey cipher.AEAD
	otherKey  cipher.AEAD // what a fault puts in its place
	policies  map[string]policy
	logins    map[string]loginRole  // of the Kubernetes auth method, by name
	roles     map[string]tokenRole  // of the token auth method, by name
	flat      map[string]flatEngine // by mount
	quotas    map[string]*quota     // by name
	engines   map[string]engine
}

// engine answers the requests whose path begins with a prefix; path is the rest.

type engine func(r *http.Request, path string, body []byte) reply

func newVaultNode(h *Homelab, name string, policies map[string]policy) *vaultNode {
	v := &vaultNode{lab: h, name: name, clusterID: randomUUID(), tokens: newTokenStore(h.opt.Mark), kv: kvStore{}, notes: map[string]map[string]string{}, begun: map[string]time.Time{}, policies: policies,
		logins: map[string]loginRole{}, roles: map[string]tokenRole{}, flat: map[string]flatEngine{}, quotas: map[string]*quota{}}
	v.engines = map[string]engine{
		"secret/data/": v.secret, "secret/metadata/": v.secretMetadata,
		"sys/policies/acl/": v.writePolicy, "auth/kubernetes/role/": v.writeLogin, "auth/token/roles/": v.writeRole,
		"sys/storage/raft/snapshot": v.snapshot, "sys/mounts/": v.writeMount, "sys/quotas/rate-limit/": v.writeQuota,
	}
	if name == NAS {
		v.unsealKey, v.otherKey = newTransitKey(), newTransitKey()
		v.engines["pki/sign/"], v.engines["transit/encrypt/"], v.engines["transit/decrypt/"] = v.sign, v.encrypt, v.decrypt
	}
	return v
}

// condition is the state of a whole Vault; its zero value serves.

type condition int

const (
	serving condition = iota
	standby
	sealed
	uninitialized
	failing // every answer is a 500
	garbled // every answer is a web page

	// What only a node of a cluster of several can be.
	forwarding  // a standby that asks its active node
	redirecting // a standby that cannot
	cutOff      // the same, a while later
	removed     // from its cluster
)

// condition tells what is wrong with the Vault as a whole, the worst first.

func (v *vaultNode) condition() condition {
	for _, row := range conditions {
		if row.vault == v.name && v.lab.active[row.fault] {
			return row.condition
		}
	}
	return v.standing
}

// conditions are what faults make of a whole Vault, the worst first.
var conditions = []struct {
	fault, vault string
	condition    condition
}{
	{nasGarbage, NAS, garbled},
	{nas5xx, NAS, failing},
	{nasUninitialized, NAS, uninitialized},
	{chaos.NASRemoved, NAS, removed},
	{nasSeal, NAS, sealed},
	{nasStandby, NAS, standby},
	{chaos.MainUninitialized, Main, uninitialized},
	{chaos.MainRemoved, Main, removed},
	{mainSealed, Main, sealed},
	{chaos.MainStandby, Main, standby},
}

// ServeHTTP implements http.Handler.

func (v *vaultNode) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := readBody(r)
	if !v.wait(r) {
		return
	}
	v.lab.mu.Lock()
	answer := v.answer(r, body)
	v.lab.mu.Unlock()
	answer.write(w)
}

// wait holds the request while the NAS is slow; ok is false where the client left.

func (v *vaultNode) wait(r *http.Request) (ok bool) {
	v.lab.mu.Lock()
	held := v.lab.held
	v.lab.mu.Unlock()
	if held == nil || v.name == "main" {
		return true
	}
	select {
	case <-held:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (v *vaultNode) answer(r *http.Request, body []byte) reply {
	state := v.condition()
	if state == garbled {
		return signInPage()
	}
	path, api := strings.CutPrefix(r.URL.Path, "/v1/")
	switch {
	case !api:
		return notFoundPage()
	case path == "sys/health":
		return v.health(r, state)
	case state == failing:
		return vaultErrors(http.StatusInternalServerError, "internal error")
	case path == "sys/seal-status":
		return v.sealStatus(r, state)
	case state == sealed, state == uninitialized, state == removed:
		return vaultErrors(http.StatusServiceUnavailable, "Vault is sealed")
	case state == standby:
		return vaultErrors(http.StatusInternalServerError, "local node not active but active cluster node not found")
	case state == redirecting, state == cutOff:
		return reply{status: http.StatusTemporaryRedirect, header: http.Header{
			"Location": {"https://" + activeNode + r.URL.Path}, "Content-Length": {"0"},
		}}
	case path == "auth/kubernetes/login" && len(v.logins) > 0:
		return v.login(r, body)
	}
	if refusal, limited := v.limited(path); limited {
		return refusal
	}
	return v.authenticated(r, path, body)
}

// authenticated answers what needs a token.

func (v *vaultNode) authenticated(r *http.Request, path string, body []byte) reply {
	given := r.Header.Get("X-Vault-Token")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && given == "" {
		given = bearer
	}
	if given == "" {
		return vaultErrors(http.StatusForbidden, "permission denied")
	}
	if strings.Count(given, ".") == 2 { // which ends in a namespace, and there is none
		return vaultErrors(http.StatusInternalServerError, "error performing token check: failed to look up namespace from the token: no namespace")
	}
	self := v.tokens.lookup(given)
	if self == nil {
		return vaultErrors(http.StatusForbidden, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n")
	}
	if refusal := v.turned(given); refusal != "" {
		return vaultErrors(http.StatusForbidden, refusal)
	}
	if self.elsewhere {
		return vaultErrors(http.StatusForbidden, "permission denied")
	}
	v.tokens.use(self)
	if !v.allowed(self, r, path, body) {
		return vaultErrors(http.StatusForbidden, "1 error occurred:\n\t* permission denied\n\n")
	}
	if path == "auth/kubernetes/login" { // which is not mounted here
		return vaultErrors(http.StatusForbidden, "1 error occurred:\n\t* permission denied\n\n")
	}
	if v.gone(path) {
		return noRoute(path)
	}
	for prefix, answer := range v.engines {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			return answer(r, rest, body)
		}
	}
	if answer, ok := v.flatSecret(r, path, body); ok {
		return answer
	}
	if action, ok := strings.CutPrefix(path, "auth/token/"); ok {
		return v.token(r, action, self, body)
	}
	return noRoute(path)
}

func noRoute(path string) reply {
	return vaultErrors(http.StatusNotFound, "no handler for route \""+path+"\". route entry not found.")
}
