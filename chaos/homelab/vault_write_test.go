package homelab

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// step is a request to the NAS Vault and what comes of it.
type step struct {
	what, method, path, body string
	code                     int
	says                     string // a part of the answer
}

// play makes the requests with a token. A PATCH is a merge patch.
func play(t *testing.T, lab *Homelab, token string, steps ...step) {
	t.Helper()
	for _, s := range steps {
		header := http.Header{"X-Vault-Token": {token}}
		if s.method == http.MethodPatch {
			header.Set("Content-Type", mergePatch)
		}
		code, said := send(t, lab, lab.nasServer, header, s.method, "/v1/"+s.path, s.body)
		if code != s.code || !strings.Contains(said, s.says) {
			t.Errorf("%s: got status %d, want %d with %q; answer: %s", s.what, code, s.code, s.says, said)
		}
	}
}

// TestVaultKVWrites and those below expect what a Vault 1.21.0 answered.
func TestVaultKVWrites(t *testing.T) {
	lab := startLab(t)
	root := rootOf(lab, lab.nas)
	play(t, lab, root,
		step{"patch what is not there", "PATCH", "secret/data/x", `{"data":{"a":"b"}}`, 404, ""},
		step{"note on what is not there", "PATCH", "secret/metadata/x", `{"custom_metadata":{"a":"b"}}`, 404, ""},
		step{"make metadata without a version", "POST", "secret/metadata/x", `{"custom_metadata":{"a":"b"}}`, 204, ""},
		step{"read them", "GET", "secret/metadata/x", "", 200, `"current_version":0,"custom_metadata":{"a":"b"}`},
		step{"read no version", "GET", "secret/data/x", "", 404, `{"errors":[]}`},
		step{"write", "PUT", "secret/data/x", `{"data":{"a":"b"},"options":{"cas":0}}`, 200, `"version":1`},
		step{"patch over another version", "PATCH", "secret/data/x", `{"data":{},"options":{"cas":2}}`, 400, "check-and-set parameter did not match"},
		step{"patch", "PATCH", "secret/data/x", `{"data":{"c":"d"},"options":{"cas":1}}`, 200, `"version":2`},
		step{"read what was merged", "GET", "secret/data/x", "", 200, `{"a":"b","c":"d"}`},
		step{"note more", "PATCH", "secret/metadata/x", `{"custom_metadata":{"c":"d","a":null}}`, 204, ""},
		step{"read the notes", "GET", "secret/metadata/x", "", 200, `"current_version":2,"custom_metadata":{"c":"d"}`},
		step{"delete", "DELETE", "secret/data/x", "", 204, ""},
		step{"patch what is deleted", "PATCH", "secret/data/x", `{"data":{}}`, 404, `"data":{"created_time"`},
		step{"delete all", "DELETE", "secret/metadata/x", "", 204, ""},
		step{"read nothing", "GET", "secret/metadata/x", "", 404, ""},
	)
	if code, said := send(t, lab, lab.nasServer, http.Header{"X-Vault-Token": {root}}, "PATCH", "/v1/secret/data/x", `{"data":{}}`); code != http.StatusUnsupportedMediaType {
		t.Errorf("a PATCH of no media type: got status %d and %s", code, said)
	}
}

// TestVaultPolicies: a token may do what its policies say, and a write of what
// is not there takes another capability than one of what is.
func TestVaultPolicies(t *testing.T) {
	lab := startLab(t)
	rules, _ := json.Marshal(map[string]any{"policy": `{"path":{"secret/data/a":{"capabilities":["update"]},"secret/data/b":{"capabilities":["create","patch","list"]}}}`})
	play(t, lab, rootOf(lab, lab.nas),
		step{"write a policy", "PUT", "sys/policies/acl/p", string(rules), 204, ""},
		step{"write one that is none", "PUT", "sys/policies/acl/q", `{"policy":"path {"}`, 400, "failed to parse policy"},
	)
	token, err := lab.IssueToken(NAS, maxTTL, "p")
	if err != nil {
		t.Fatal(err)
	}
	play(t, lab, token,
		step{"make without the right to", "PUT", "secret/data/a", `{"data":{}}`, 403, "permission denied"},
		step{"make", "PUT", "secret/data/b", `{"data":{}}`, 200, ""},
		step{"change without the right to", "PUT", "secret/data/b", `{"data":{}}`, 403, "permission denied"},
		step{"patch", "PATCH", "secret/data/b", `{"data":{}}`, 200, ""},
		step{"read without the right to", "GET", "secret/data/b", "", 403, "permission denied"},
		step{"list tokens", "LIST", "auth/token/accessors", "", 403, "permission denied"},
	)
}

func TestVaultTokenWrites(t *testing.T) {
	lab := startLab(t)
	root := rootOf(lab, lab.nas)
	lab.mu.Lock()
	accessor := lab.nas.tokens.lookup(root).accessor
	lab.mu.Unlock()
	play(t, lab, root,
		step{"make one with metadata", "POST", "auth/token/create", `{"policies":["root"],"meta":{"a":"b"},"no_parent":true}`, 200, `"metadata":{"a":"b"}`},
		step{"look one up by its accessor", "POST", "auth/token/lookup-accessor", fmt.Sprintf(`{"accessor":%q}`, accessor), 200, `"id":""`},
		step{"look up none", "POST", "auth/token/lookup-accessor", `{"accessor":"x"}`, 400, "invalid accessor"},
		step{"look up nothing", "POST", "auth/token/lookup-accessor", `{}`, 400, "missing accessor"},
		step{"list", "LIST", "auth/token/accessors", "", 200, accessor},
		step{"list as Vault's library does", "GET", "auth/token/accessors?list=true", "", 200, accessor},
		step{"write a role", "POST", "auth/token/roles/r", `{"allowed_policies":["p"],"orphan":true,"token_period":"1h"}`, 204, ""},
		step{"make one under the role", "POST", "auth/token/create/r", `{"meta":{"a":"b"}}`, 200, `"policies":["default","p"],"token_policies":["default","p"],"metadata":{"a":"b"},"lease_duration":3600`},
		step{"make one that the role does not allow", "POST", "auth/token/create/r", `{"policies":["q"]}`, 400, "must be subset of the role's allowed policies"},
		step{"make one under no role", "POST", "auth/token/create/s", `{}`, 400, "unknown role s"},
	)
	limited, err := lab.IssueToken(NAS, maxTTL, "makes")
	if err != nil {
		t.Fatal(err)
	}
	lab.mu.Lock()
	lab.nas.policies["makes"] = policy{may: map[string][]string{"auth/token/create": {"update"}}}
	lab.mu.Unlock()
	play(t, lab, limited, step{"make a root token without being one", "POST", "auth/token/create", `{"policies":["root"]}`, 400, "child policies must be subset of parent"})
}

// TestVaultLogins: a role admits the ServiceAccounts that it names, at both Vaults.
func TestVaultLogins(t *testing.T) {
	lab := startLab(t)
	login := func(account string) string {
		return fmt.Sprintf(`{"role":"r","jwt":%q}`, lab.ServiceAccountJWT(account))
	}
	play(t, lab, rootOf(lab, lab.nas),
		step{"log in before there are roles", "PUT", "auth/kubernetes/login", login("a"), 403, "permission denied"},
		step{"write a role for root", "POST", "auth/kubernetes/role/r", `{"bound_service_account_names":["a"],"token_policies":["root"]}`, 200, "does not have an audience"},
		step{"log in as root", "PUT", "auth/kubernetes/login", login("a"), 400, "auth methods cannot create root tokens"},
		step{"write a role", "POST", "auth/kubernetes/role/r", `{"bound_service_account_names":["a"],"token_policies":["p"],"audience":"vault"}`, 204, ""},
		step{"log in", "PUT", "auth/kubernetes/login", login("a"), 200, `"service_account_name":"a"`},
		step{"log in as another", "PUT", "auth/kubernetes/login", login("b"), 403, "service account name not authorized"},
		step{"log in with what is no such token", "PUT", "auth/kubernetes/login", `{"role":"r","jwt":"x"}`, 403, "permission denied"},
	)
}

// TestRemember: what a snapshot did not have is gone when it is restored.
func TestRemember(t *testing.T) {
	lab := startLab(t)
	root := rootOf(lab, lab.nas)
	play(t, lab, root, step{"write", "PUT", "secret/data/x", `{"data":{"a":"before"}}`, 200, ""})
	restore, err := lab.Remember(NAS)
	if err != nil {
		t.Fatal(err)
	}
	later := rootOf(lab, lab.nas)
	for range 2 {
		play(t, lab, root,
			step{"write again", "PUT", "secret/data/x", `{"data":{"a":"after"}}`, 200, ""},
			step{"note", "PATCH", "secret/metadata/x", `{"custom_metadata":{"a":"after"}}`, 204, ""},
		)
		restore()
		play(t, lab, root, step{"read", "GET", "secret/data/x", "", 200, `{"data":{"a":"before"},"metadata":{"created_time"`})
		play(t, lab, later, step{"use a token of after", "GET", "auth/token/lookup-self", "", 403, "invalid token"})
	}
}

// TestAClientRotates: a token that somebody else published is the flow's, and no
// fault puts the homelab's own back.
func TestAClientRotates(t *testing.T) {
	lab := startLab(t)
	fresh := rootOf(lab, lab.nas)
	play(t, lab, fresh, step{"publish", "PUT", "secret/data/" + nasPath, fmt.Sprintf(`{"data":{%q:%q}}`, tokenKey, fresh), 200, ""})
	undo(t, lab, nasSeal)
	lab.Sync()
	lab.mu.Lock()
	defer lab.mu.Unlock()
	if lab.current != fresh || lab.nas.kv.newest(nasPath).data[tokenKey] != fresh {
		t.Error("got the homelab's own token published again")
	}
}

func TestVaultMountsAndQuotas(t *testing.T) {
	lab := startLab(t)
	play(t, lab, rootOf(lab, lab.nas),
		step{"read where no engine is", "GET", "flat/x", "", 404, "no handler for route"},
		step{"mount what is not known here", "POST", "sys/mounts/flat", `{"type":"kv","options":{"version":"2"}}`, 400, "plugin not found"},
		step{"mount", "POST", "sys/mounts/flat", `{"type":"kv","options":{"version":"1"}}`, 204, ""},
		step{"mount again", "POST", "sys/mounts/flat", `{"type":"kv","options":{"version":"1"}}`, 400, "path is already in use at flat/"},
		step{"read nothing", "GET", "flat/x", "", 404, `{"errors":[]}`},
		step{"write", "PUT", "flat/x", `{"a":"b"}`, 204, ""},
		step{"read", "GET", "flat/x", "", 200, `"data":{"a":"b"}`},
		step{"limit", "PUT", "sys/quotas/rate-limit/q", `{"path":"flat/x","rate":1,"interval":"1h"}`, 204, ""},
		step{"read once", "GET", "flat/x", "", 200, ""},
		step{"read twice", "GET", "flat/x", "", 429, `rate limit quota exceeded`},
		step{"read another", "GET", "flat/y", "", 404, ""},
		step{"lift the limit", "DELETE", "sys/quotas/rate-limit/q", "", 204, ""},
		step{"read again", "GET", "flat/x", "", 200, ""},
		step{"delete", "DELETE", "flat/x", "", 204, ""},
		step{"limit to nothing", "PUT", "sys/quotas/rate-limit/q", `{"path":"flat/x","rate":0,"interval":"1h"}`, 400, "greater than 0"},
	)
	play(t, lab, "hvs.EXAMPLE0example0EXAMPLE0.nsid1", step{"use a token of a namespace", "GET", "auth/token/lookup-self", "", 500, "no namespace"})
}
