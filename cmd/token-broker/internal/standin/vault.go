// Package standin holds servers for the tests of this command: as much of
// Vault, of the Kubernetes API and of the Docker API as it writes to, with the
// answers of the real ones (Vault 1.21, Kubernetes 1.34, Docker API 1.41).
package standin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Vault is a Vault server with one KV v2 engine at "secret".
type Vault struct {
	mu      sync.Mutex
	tokens  map[string]*issued // by token
	made    int
	secrets map[string]*secret // by path
	// Roles of the Kubernetes auth method: what a login with the role may do.
	Roles map[string]Policy
	// JWT is the one that logs in.
	JWT string
	// Sealed makes every answer that of a sealed Vault.
	Sealed bool
	// Snapshot is the answer to a request for one.
	Snapshot []byte
	// Writes counts the new versions of secrets.
	Writes int
}

// Policy says which capabilities a token has on which paths.
type Policy map[string][]string

type issued struct {
	id, accessor string
	root         bool
	may          Policy
	ttl          int
	meta         map[string]string
}

type secret struct {
	versions []map[string]any // nil for a deleted one
	custom   map[string]any
}

// NewVault makes a Vault without tokens.
func NewVault() *Vault {
	return &Vault{tokens: map[string]*issued{}, secrets: map[string]*secret{}, JWT: "the-jwt"}
}

// Issue makes a token; a nil policy makes it a root token.
func (v *Vault) Issue(may Policy) (id, accessor string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t := v.issue(may, may == nil, nil)
	return t.id, t.accessor
}

func (v *Vault) issue(may Policy, root bool, meta map[string]string) *issued {
	v.made++
	t := &issued{id: fmt.Sprintf("hvs.CANARY%018d", v.made), accessor: fmt.Sprintf("accessor%016d", v.made), root: root, may: may, meta: meta}
	if !root {
		t.ttl = 3600
	}
	v.tokens[t.id] = t
	return t
}

// Live reports whether a token works.
func (v *Vault) Live(id string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.tokens[id] != nil
}

// Accessor returns the accessor of a token that works.
func (v *Vault) Accessor(id string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if t := v.tokens[id]; t != nil {
		return t.accessor
	}
	return ""
}

// LiveRoots returns the root tokens that work.
func (v *Vault) LiveRoots() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var ids []string
	for id, t := range v.tokens {
		if t.root {
			ids = append(ids, id)
		}
	}
	return ids
}

// Revoke ends a token.
func (v *Vault) Revoke(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.tokens, id)
}

// ServeHTTP implements http.Handler.
func (v *Vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	v.mu.Lock()
	status, answer := v.answer(r, body)
	raw, ok := answer.([]byte)
	if !ok && answer != nil {
		raw, _ = json.Marshal(answer) // before others change what it holds
	}
	v.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}

func refuse(status int, messages ...string) (int, any) {
	return status, map[string]any{"errors": append([]string{}, messages...)}
}

func (v *Vault) answer(r *http.Request, body []byte) (int, any) {
	path := strings.TrimPrefix(r.URL.Path, "/v1/")
	switch {
	case path == "sys/health":
		status := http.StatusOK
		if v.Sealed {
			status = 299 // the client asks for statuses that are no errors
		}
		return status, map[string]any{"initialized": true, "sealed": v.Sealed, "standby": v.Sealed, "version": "1.21.0", "server_time_utc": 1795296547}
	case v.Sealed:
		return refuse(http.StatusServiceUnavailable, "Vault is sealed")
	case path == "auth/kubernetes/login":
		return v.login(body)
	}
	self := v.tokens[r.Header.Get("X-Vault-Token")]
	if self == nil {
		return refuse(http.StatusForbidden, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n")
	}
	if !self.allowed(r, path) {
		return refuse(http.StatusForbidden, "1 error occurred:\n\t* permission denied\n\n")
	}
	if path == "sys/storage/raft/snapshot" {
		return http.StatusOK, v.Snapshot
	}
	if rest, ok := strings.CutPrefix(path, "auth/token/"); ok {
		return v.token(rest, self, body)
	}
	if rest, ok := strings.CutPrefix(path, "secret/data/"); ok {
		return v.data(r.Method, rest, body)
	}
	if rest, ok := strings.CutPrefix(path, "secret/metadata/"); ok {
		return v.metadata(r.Method, rest, body)
	}
	return refuse(http.StatusNotFound)
}

func (t *issued) allowed(r *http.Request, path string) bool {
	need := map[string]string{http.MethodGet: "read", http.MethodPut: "update", http.MethodPost: "update", http.MethodPatch: "patch"}[r.Method]
	if r.URL.Query().Get("list") == "true" {
		need = "list"
	}
	if t.root || path == "auth/token/lookup-self" {
		return true
	}
	for _, capability := range t.may[path] {
		if capability == need {
			return true
		}
	}
	return false
}

func (v *Vault) login(body []byte) (int, any) {
	var request struct{ Role, JWT string }
	_ = json.Unmarshal(body, &request)
	may, ok := v.Roles[request.Role]
	if !ok {
		return refuse(http.StatusBadRequest, fmt.Sprintf("invalid role name %q", request.Role))
	}
	if request.JWT != v.JWT {
		return refuse(http.StatusForbidden, "permission denied")
	}
	return http.StatusOK, v.issue(may, may == nil, nil).grant()
}

func (t *issued) grant() map[string]any {
	return map[string]any{"auth": map[string]any{
		"client_token": t.id, "accessor": t.accessor, "orphan": true, "lease_duration": t.ttl, "token_type": "service",
	}}
}
