package homelab

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/chaos"
)

const kubernetesVersion = "v1.34.4"

// cluster is the Kubernetes API with the objects of the flow.
type cluster struct {
	lab *Homelab

	cronJobUID, externalSecretUID string
	created                       time.Time
	revision                      int   // resourceVersion of the newest change
	jobs                          []job // oldest first
	jobNumber                     int64
	lastSchedule, lastSuccess     time.Time
	synced                        externalState
	remoteKey                     string            // of the secret that the ExternalSecret copies
	others                        map[string]string // the token that Vaults of no flow hold, by their server
	objects                       objectStore
	accounts                      map[string]*account // by name
	deleted                       map[string]bool     // the resources whose one object an administrator deleted
}

func newCluster(h *Homelab) *cluster {
	now := time.Now()
	return &cluster{
		lab: h, created: now, revision: 1000, jobNumber: now.Unix() / 60,
		cronJobUID: randomUUID(), externalSecretUID: randomUUID(),
		remoteKey: mainPath, others: map[string]string{},
		objects: objectStore{}, accounts: map[string]*account{}, deleted: map[string]bool{},
	}
}

// resource is one path of the API.
type resource struct {
	group, version, name, kind string
	// get and list are nil for what is not known here.
	get  func(*cluster, string) (object map[string]any, ok bool)
	list func(*cluster) map[string]any
	// stored says that objects can be made and changed.
	stored bool
}

const (
	externalGroup = "external-secrets.io"
	leaseGroup    = "coordination.k8s.io"
)

var resources = []resource{
	{"", "v1", "secrets", "Secret", (*cluster).getSecret, nil, true},
	{"", "v1", "configmaps", "ConfigMap", stored("configmaps"), nil, true},
	{"", "v1", "events", "Event", stored("events"), nil, true},
	{"batch", "v1", "cronjobs", "CronJob", (*cluster).getCronJob, nil, false},
	{"batch", "v1", "jobs", "Job", nil, (*cluster).listJobs, false},
	{externalGroup, "v1", "externalsecrets", "ExternalSecret", (*cluster).getExternalSecret, nil, false},
	{leaseGroup, "v1", "leases", "Lease", stored("leases"), nil, true},
	{externalGroup, "v1", "secretstores", "SecretStore", stored("secretstores"), nil, false},
}

// resourceNamed returns the resource with the name in paths; one that is not
// there is a mistake of the program.
func resourceNamed(name string) resource {
	return resources[slices.IndexFunc(resources, func(r resource) bool { return r.name == name })]
}

func (r resource) apiVersion() string {
	if r.group == "" {
		return r.version
	}
	return r.group + "/" + r.version
}

// knows reports whether the embedded API has the verb for the resource.
func (r resource) knows(verb string) bool {
	switch verb {
	case "get":
		return r.get != nil
	case "list":
		return r.list != nil
	}
	return r.stored && (verb == "create" || verb == "patch" || verb == "update" && r.group == leaseGroup)
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
		return "/api/" + r.apiVersion() + "/namespaces/"
	}
	return "/apis/" + r.apiVersion() + "/namespaces/"
}

// ServeHTTP implements http.Handler.
func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := readBody(r)
	c.lab.mu.Lock()
	answer := c.answer(r, body)
	c.lab.mu.Unlock()
	answer.header.Set("Audit-Id", randomUUID())
	answer.header.Set("Cache-Control", "no-cache, private")
	answer.write(w)
}

func (c *cluster) answer(r *http.Request, body []byte) reply {
	var who *account
	user := "system:anonymous"
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		if who = c.whose(bearer); who == nil {
			return status{Code: http.StatusUnauthorized, Reason: "Unauthorized", Message: "Unauthorized"}.reply()
		}
		user = who.user
	} else if c.lab.opt.Plain {
		// Its client sends no credentials without TLS, so everybody is the exporter.
		who = c.account(exporterName)
		user = who.user
	}
	switch {
	case r.URL.Path == "/version" && r.Method == http.MethodGet:
		return version()
	case r.URL.Path == "/readyz" && r.Method == http.MethodGet:
		return reply{status: http.StatusOK, header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}}, body: []byte("ok")}
	}
	for _, known := range resources {
		if known.group == externalGroup && c.lab.active[chaos.ESOAPIMissing] {
			continue
		}
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
			verb := verb(r, name)
			if !known.knows(verb) || !c.allows(who, verb, known.qualified(), part[0], name) {
				return known.forbidden(user, verb, part[0], name)
			}
			return c.resource(r, known, verb, name, body)
		}
	}
	if c.lab.active[chaos.ESOAPIMissing] && strings.HasPrefix(r.URL.Path, "/apis/"+externalGroup+"/") {
		return notFoundPage()
	}
	verb := strings.ToLower(r.Method)
	return status{Code: http.StatusForbidden, Reason: "Forbidden", Message: fmt.Sprintf("forbidden: User %q cannot %s path %q", user, verb, r.URL.Path), Details: &details{}}.reply()
}

func (r resource) forbidden(user, verb, ns, name string) reply {
	quoted := ""
	if name != "" {
		quoted = fmt.Sprintf(" %q", name)
	}
	return r.refuse(http.StatusForbidden, "Forbidden", name, fmt.Sprintf(
		"%s%s is forbidden: User %q cannot %s resource %q in API group %q in the namespace %q", r.qualified(), quoted, user, verb, r.name, r.group, ns))
}

// resource answers what was allowed.
func (c *cluster) resource(r *http.Request, known resource, verb, name string, body []byte) reply {
	switch verb {
	case "list":
		if query := r.URL.Query(); query.Has("labelSelector") || query.Has("fieldSelector") || query.Has("continue") {
			return status{Code: http.StatusBadRequest, Reason: "BadRequest", Message: "this demo lists without selectors only"}.reply()
		}
		return kubeJSON(http.StatusOK, known.list(c))
	case "create":
		return c.create(r, known, body)
	case "update":
		return c.update(r, known, name, body)
	case "patch":
		return c.patch(r, known, name, body)
	}
	object, ok := known.get(c, name)
	if !ok {
		return known.notFound(name)
	}
	return kubeObject(r, http.StatusOK, object)
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
