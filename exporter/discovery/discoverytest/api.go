// Package discoverytest is a Kubernetes API with ConfigMaps, for tests.
package discoverytest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// Namespace is where the ConfigMaps are.
const Namespace = "flows"

const path = "/api/v1/namespaces/" + Namespace + "/configmaps"

// API serves lists of ConfigMaps, in pages. The zero API has none.
type API struct {
	// PageSize is how many objects a page has at most; 0 is as many as are asked for.
	PageSize int

	mu      sync.Mutex
	objects map[string]map[string]string
	instead http.HandlerFunc
	lists   int
}

// Put makes or changes a ConfigMap that has the label of flows.
func (a *API) Put(name string, data map[string]string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.objects == nil {
		a.objects = map[string]map[string]string{}
	}
	a.objects[name] = data
}

// PutFlow makes or changes the ConfigMap of a flow that has one hop.
func (a *API) PutFlow(name, vault string) {
	a.Put(name, map[string]string{"flow.yaml": fmt.Sprintf("flows: [{nas: {vault: {address: %q}}}]\n", vault)})
}

// Delete deletes a ConfigMap.
func (a *API) Delete(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.objects, name)
}

// Instead has requests answered by another handler; nil is by the API itself.
func (a *API) Instead(handler http.HandlerFunc) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.instead = handler
}

// Lists returns how many lists were begun.
func (a *API) Lists() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lists
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	instead := a.instead
	if !r.URL.Query().Has("continue") {
		a.lists++
	}
	a.mu.Unlock()
	if instead != nil {
		instead(w, r)
		return
	}
	a.List(w, r)
}

// List answers with a page. The next one goes on behind the last name of this.
func (a *API) List(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit, err := strconv.Atoi(query.Get("limit"))
	if r.Method != http.MethodGet || r.URL.Path != path || err != nil || query.Get("labelSelector") == "" {
		http.Error(w, "this API only lists the ConfigMaps of one namespace, by labels and in pages", http.StatusBadRequest)
		return
	}
	if a.PageSize > 0 {
		limit = min(limit, a.PageSize)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var list struct {
		Kind     string `json:"kind"`
		Metadata struct {
			Continue string `json:"continue,omitempty"`
		} `json:"metadata"`
		Items []any `json:"items"`
	}
	list.Kind = "ConfigMapList"
	for _, name := range slices.Sorted(maps.Keys(a.objects)) {
		if name <= query.Get("continue") {
			continue
		}
		if len(list.Items) == limit {
			list.Metadata.Continue = Name(list.Items[limit-1])
			break
		}
		list.Items = append(list.Items, Object(name, a.objects[name]))
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(list)
}

// Object is a ConfigMap with the label of flows.
func Object(name string, data map[string]string) map[string]any {
	return map[string]any{
		"metadata": map[string]any{"name": name, "labels": map[string]string{"vault-health-exporter.homelab.io/flow": "true"}},
		"data":     data,
	}
}

// Name returns the name of an Object.
func Name(object any) string {
	return object.(map[string]any)["metadata"].(map[string]any)["name"].(string)
}

// Config returns a configuration file that takes flows from the API at address,
// every interval, and has further flows of its own.
func Config(t testing.TB, address, interval, flows string) string {
	t.Helper()
	dir := t.TempDir()
	kubeconfig := filepath.Join(dir, "kubeconfig")
	file := filepath.Join(dir, "config.yaml")
	for path, content := range map[string]string{
		kubeconfig: fmt.Sprintf("clusters: [{name: c, cluster: {server: %q}}]\ncontexts: [{name: c, context: {cluster: c}}]\ncurrent-context: c\n", address),
		file:       fmt.Sprintf("discovery: {kubeconfig: %q, namespace: %s, interval: %s}\n%s", kubeconfig, Namespace, interval, flows),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file
}
