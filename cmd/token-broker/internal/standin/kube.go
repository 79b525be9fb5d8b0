package standin

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Kubernetes is an API server: a store of objects by their path.
type Kubernetes struct {
	mu      sync.Mutex
	objects map[string]map[string]any
	// Forbidden holds requests, such as "POST events", that are refused.
	Forbidden map[string]bool
	sent      []string
	// Reading, where set, is called before an object is read.
	Reading func(path string)
	// Requests lists "METHOD PATH" in order.
	Requests []string
}

// NewKubernetes makes an API server without objects.
func NewKubernetes() *Kubernetes {
	return &Kubernetes{objects: map[string]map[string]any{}, Forbidden: map[string]bool{}}
}

// Set puts an object at PATH, as in api/v1/namespaces/NAMESPACE/secrets/NAME.
func (k *Kubernetes) Set(path string, object map[string]any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.objects[path] = object
}

// Object returns the object at a path, nil where there is none.
func (k *Kubernetes) Object(path string) map[string]any {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.objects[path])
}

// Count returns how many objects there are below a path.
func (k *Kubernetes) Count(below string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for path := range k.objects {
		if strings.HasPrefix(path, below) {
			n++
		}
	}
	return n
}

// Sent is everything that clients and server sent, for the canary test.
func (k *Kubernetes) Sent() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.sent)
}

// ServeHTTP implements http.Handler.
func (k *Kubernetes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	path := strings.TrimPrefix(r.URL.Path, "/")
	if k.Reading != nil && r.Method == http.MethodGet {
		k.Reading(path)
	}
	k.mu.Lock()
	status, object := k.answer(r, path, body)
	if status < 300 && strings.Contains(r.Header.Get("Accept"), "as=PartialObjectMetadata") {
		object = map[string]any{"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]}
	}
	answer, _ := json.Marshal(object)
	k.Requests = append(k.Requests, r.Method+" "+path)
	if !strings.HasSuffix(path, "/secrets/nas-vault-token") { // whose content is the cargo
		k.sent = append(k.sent, string(body), string(answer))
	}
	k.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

func failure(status int, why string) (int, map[string]any) {
	return status, map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": why, "code": status}
}

func (k *Kubernetes) answer(r *http.Request, path string, body []byte) (int, map[string]any) {
	part := strings.Split(path, "/")
	for i, name := range part {
		if name == "namespaces" && i+2 < len(part) && k.Forbidden[r.Method+" "+part[i+2]] {
			return failure(http.StatusForbidden, "Forbidden")
		}
	}
	var sent map[string]any
	_ = json.Unmarshal(body, &sent)
	if r.Method == http.MethodPost {
		meta, _ := sent["metadata"].(map[string]any)
		path = fmt.Sprintf("%s/%v", path, meta["name"])
		if k.objects[path] != nil {
			return failure(http.StatusConflict, "AlreadyExists")
		}
		k.objects[path] = sent
		return http.StatusCreated, sent
	}
	object := k.objects[path]
	switch {
	case object == nil:
		return failure(http.StatusNotFound, "NotFound")
	case r.Method == http.MethodPatch && r.Header.Get("Content-Type") != "application/merge-patch+json":
		return failure(http.StatusUnsupportedMediaType, "UnsupportedMediaType")
	case r.Method == http.MethodPatch:
		k.objects[path] = merge(object, sent)
	}
	return http.StatusOK, k.objects[path]
}

// merge is RFC 7386.
func merge(object, patch map[string]any) map[string]any {
	result := maps.Clone(object)
	if result == nil {
		result = map[string]any{}
	}
	for key, value := range patch {
		inner, isMap := value.(map[string]any)
		switch {
		case value == nil:
			delete(result, key)
		case isMap:
			old, _ := result[key].(map[string]any)
			result[key] = merge(old, inner)
		default:
			result[key] = value
		}
	}
	return result
}

// Kubeconfig writes a kubeconfig for the server at url and returns its path.
func Kubeconfig(t *testing.T, url string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	content := fmt.Sprintf("apiVersion: v1\nkind: Config\ncurrent-context: x\nclusters: [{name: x, cluster: {server: %q}}]\nusers: [{name: x, user: {token: bearer}}]\ncontexts: [{name: x, context: {cluster: x, user: x}}]\n", url)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
