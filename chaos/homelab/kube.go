package homelab

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const kubernetesVersion = "v1.34.4"

// cluster is the Kubernetes API with the objects of the flow.
type cluster struct {
	lab *Homelab

	serviceAccountUID, entityID              string // of the exporter
	cronJobUID, externalSecretUID, secretUID string
	created                                  time.Time
	revision                                 int   // resourceVersion of the newest change
	jobs                                     []job // oldest first
	jobNumber                                int64
	lastSchedule, lastSuccess                time.Time
	synced                                   externalState
	secret                                   string // the token in the Secret, unless a fault says otherwise
}

func newCluster(h *Homelab) *cluster {
	now := time.Now()
	return &cluster{
		lab: h, created: now, revision: 1000, jobNumber: now.Unix() / 60,
		serviceAccountUID: randomUUID(), entityID: randomUUID(),
		cronJobUID: randomUUID(), externalSecretUID: randomUUID(), secretUID: randomUUID(),
	}
}

// resource is one path of the API.
type resource struct {
	group, version, name string
	get                  func(*cluster, string) (object map[string]any, ok bool) // nil where the exporter may not
	list                 func(*cluster) map[string]any
}

var resources = []resource{
	{"", "v1", "secrets", (*cluster).getSecret, nil},
	{"batch", "v1", "cronjobs", (*cluster).getCronJob, nil},
	{"batch", "v1", "jobs", nil, (*cluster).listJobs},
	{"external-secrets.io", "v1", "externalsecrets", (*cluster).getExternalSecret, nil},
}

// qualified is the resource's name in messages.
func (r resource) qualified() string {
	if r.group == "" {
		return r.name
	}
	return r.name + "." + r.group
}

func (r resource) prefix() string {
	if r.group == "" {
		return "/api/" + r.version + "/namespaces/"
	}
	return "/apis/" + r.group + "/" + r.version + "/namespaces/"
}

// ServeHTTP implements http.Handler.
func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.lab.mu.Lock()
	answer := c.answer(r)
	c.lab.mu.Unlock()
	answer.header.Set("Audit-Id", randomUUID())
	answer.header.Set("Cache-Control", "no-cache, private")
	answer.write(w)
}

func (c *cluster) answer(r *http.Request) reply {
	user := "system:anonymous"
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		if subtle.ConstantTimeCompare([]byte(bearer), []byte(c.lab.auth.bearer)) == 0 {
			return status{Code: http.StatusUnauthorized, Reason: "Unauthorized", Message: "Unauthorized"}.reply()
		}
		user = serviceAccount
	}
	switch {
	case r.URL.Path == "/version" && r.Method == http.MethodGet:
		return version()
	case r.URL.Path == "/readyz" && r.Method == http.MethodGet:
		return reply{status: http.StatusOK, header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}}, body: []byte("ok")}
	}
	for _, known := range resources {
		rest, ok := strings.CutPrefix(r.URL.Path, known.prefix())
		if !ok {
			continue
		}
		part := strings.Split(rest, "/")
		if len(part) >= 2 && len(part) <= 3 && part[1] == known.name {
			name := ""
			if len(part) == 3 {
				name = part[2]
			}
			return c.resource(r, user, known, part[0], name)
		}
	}
	verb := strings.ToLower(r.Method)
	return status{Code: http.StatusForbidden, Reason: "Forbidden", Message: fmt.Sprintf("forbidden: User %q cannot %s path %q", user, verb, r.URL.Path), Details: &details{}}.reply()
}

// resource answers for the objects of one namespace. The exporter's role gets
// the three objects by name and lists Jobs, in its own namespace; everything
// else is forbidden.
func (c *cluster) resource(r *http.Request, user string, known resource, ns, name string) reply {
	verb := verb(r, name)
	allowed := user == serviceAccount && ns == namespace && !c.lab.active[k8sForbidden] &&
		(verb == "get" && known.get != nil || verb == "list" && known.list != nil)
	if !allowed {
		quoted := ""
		if name != "" {
			quoted = fmt.Sprintf(" %q", name)
		}
		return status{
			Code:    http.StatusForbidden,
			Reason:  "Forbidden",
			Message: fmt.Sprintf("%s%s is forbidden: User %q cannot %s resource %q in API group %q in the namespace %q", known.qualified(), quoted, user, verb, known.name, known.group, ns),
			Details: &details{Name: name, Group: known.group, Kind: known.name},
		}.reply()
	}
	if verb == "list" {
		if query := r.URL.Query(); query.Has("labelSelector") || query.Has("fieldSelector") || query.Has("continue") {
			return status{Code: http.StatusBadRequest, Reason: "BadRequest", Message: "this demo lists without selectors only"}.reply()
		}
		return kubeJSON(http.StatusOK, known.list(c))
	}
	object, ok := known.get(c, name)
	if !ok {
		return status{
			Code:    http.StatusNotFound,
			Reason:  "NotFound",
			Message: fmt.Sprintf("%s %q not found", known.qualified(), name),
			Details: &details{Name: name, Group: known.group, Kind: known.name},
		}.reply()
	}
	return kubeJSON(http.StatusOK, object)
}

// verb is the request as role-based access control sees it.
func verb(r *http.Request, name string) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if r.URL.Query().Has("watch") {
			return "watch"
		}
		if name == "" {
			return "list"
		}
		return "get"
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodDelete:
		if name == "" {
			return "deletecollection"
		}
	}
	return strings.ToLower(r.Method)
}

func kubeJSON(code int, object any) reply {
	return reply{status: code, header: http.Header{"Content-Type": {"application/json"}}, body: encode(object)}
}

func version() reply {
	return kubeJSON(http.StatusOK, map[string]string{
		"major": "1", "minor": "34", "emulationMajor": "1", "emulationMinor": "34",
		"minCompatibilityMajor": "1", "minCompatibilityMinor": "33", "gitVersion": kubernetesVersion,
		"gitCommit": "", "gitTreeState": "clean", "buildDate": "2026-02-10T12:00:00Z",
		"goVersion": "go1.24.12", "compiler": "gc", "platform": "linux/amd64",
	})
}

// status is the object with which Kubernetes refuses.
type status struct {
	Kind       string   `json:"kind"`
	APIVersion string   `json:"apiVersion"`
	Metadata   struct{} `json:"metadata"`
	Status     string   `json:"status"`
	Message    string   `json:"message"`
	Reason     string   `json:"reason"`
	Details    *details `json:"details,omitempty"`
	Code       int      `json:"code"`
}

type details struct {
	Name  string `json:"name,omitempty"`
	Group string `json:"group,omitempty"`
	Kind  string `json:"kind,omitempty"`
}

func (s status) reply() reply {
	s.Kind, s.APIVersion, s.Status = "Status", "v1", "Failure"
	answer := kubeJSON(s.Code, s)
	if s.Code == http.StatusForbidden {
		answer.header.Set("X-Content-Type-Options", "nosniff")
	}
	return answer
}
