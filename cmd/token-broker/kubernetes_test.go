package main

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"homelab.io/vault-health-exporter/chaos/homelab"
)

// kubernetes is the embedded API server, asked with the rights that the commands
// have together, and a record of what was said.
type kubernetes struct {
	*homelab.Homelab
	bearer string
	// reading, where set, is called before an object is read.
	reading func(path string)

	mu             sync.Mutex
	sent, requests []string // "METHOD PATH"
}

// The objects that the commands read and write.
const (
	cronJob     = "nas-token-broker"
	appSecret   = "nas-vault-token"
	clusterVars = "cluster-vars"
	snapshotMap = "nas-vault-snapshot"
)

func newKubernetes(home *homelab.Homelab) *kubernetes {
	k := &kubernetes{Homelab: home, bearer: home.GrantRole(cronJob)}
	k.allow()
	return k
}

// allow grants everything that the commands need.
func (k *kubernetes) allow() { k.forbid("", "") }

// forbid grants the same without a verb on a resource.
func (k *kubernetes) forbid(verb, resource string) {
	var rules []homelab.Rule
	for _, right := range []struct {
		resource string
		verbs    []string
	}{
		{"secrets", []string{"get", "patch"}},
		{"configmaps", []string{"create", "get", "patch"}},
		{"events", []string{"create", "get", "patch"}},
		{"cronjobs.batch", []string{"get"}},
	} {
		verbs := slices.DeleteFunc(right.verbs, func(v string) bool { return right.resource == resource && v == verb })
		rules = append(rules, homelab.Rule{Verbs: verbs, Resources: []string{right.resource}})
	}
	k.GrantRole(cronJob, rules...)
}

// ServeHTTP implements http.Handler.
func (k *kubernetes) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if k.reading != nil && r.Method == http.MethodGet {
		k.reading(path)
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	answer := answered(k.KubernetesAPI(), out, r)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.requests = append(k.requests, r.Method+" "+path)
	if path != secretPath { // whose content is the cargo
		k.sent = append(k.sent, string(body), answer.Body.String())
	}
}

// said is everything that clients and server sent, for the canary test.
func (k *kubernetes) said() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return strings.Join(k.sent, "\n")
}

// patches counts the changes that were asked for.
func (k *kubernetes) patches() (n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, request := range k.requests {
		if strings.HasPrefix(request, "PATCH ") {
			n++
		}
	}
	return n
}

// setToken puts a token into the applications' Secret.
func (k *kubernetes) setToken(id string) {
	value := base64.StdEncoding.EncodeToString([]byte(id))
	k.PutObject("secrets", appSecret, map[string]any{"data": map[string]any{"token": value, "QNAP_VAULT_TOKEN": value}})
}

// token returns the one in the applications' Secret, "" where there is none.
func (k *kubernetes) token() string {
	data, _ := k.Object("secrets", appSecret)["data"].(map[string]any)
	value, _ := data["token"].(string)
	id, _ := base64.StdEncoding.DecodeString(value)
	return string(id)
}

// served serves the API until the test ends and returns the path of its kubeconfig.
func (k *kubernetes) served(t *testing.T) string {
	t.Helper()
	server := newTLSServer(k)
	t.Cleanup(server.Close)
	return k.kubeconfig(t, server)
}

// kubeconfig writes a kubeconfig for the server, which must speak TLS, or no
// token would be sent to it, and returns its path.
func (k *kubernetes) kubeconfig(t *testing.T, server *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	content := fmt.Sprintf("apiVersion: v1\nkind: Config\ncurrent-context: x\nclusters: [{name: x, cluster: {server: %q, certificate-authority-data: %s}}]\nusers: [{name: x, user: {token: %q}}]\ncontexts: [{name: x, context: {cluster: x, user: x}}]\n",
		server.URL, base64.StdEncoding.EncodeToString(authority), k.bearer)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
