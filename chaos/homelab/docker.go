package homelab

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/chaos"
)

const (
	dockerAPI     = "1.41"
	dockerVersion = "20.10.24"
)

// dockerEngine is a Docker engine with one container.
type dockerEngine struct {
	lab     *Homelab
	id      string // of the container
	created time.Time
	file    string // what is in the token file, unless a fault says otherwise
	execs   map[string]*execInstance
}

func newDockerEngine(h *Homelab) *dockerEngine {
	return &dockerEngine{lab: h, id: randomHex(32), created: time.Now(), execs: map[string]*execInstance{}}
}

// DockerAPI is the Docker API without its listener, for whoever puts something in
// front of it.
func (h *Homelab) DockerAPI() http.Handler { return h.docker }

// versioned is the prefix that pins the version of the API.
var versioned = regexp.MustCompile(`^/v([0-9][0-9.]*)(/.*)$`)

// ServeHTTP implements http.Handler.
func (e *dockerEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := readBody(r)
	path := r.URL.Path
	if match := versioned.FindStringSubmatch(path); match != nil {
		if refusal, ok := checkVersion(match[1]); !ok {
			refusal.write(w)
			return
		}
		path = match[2]
	}
	part := strings.Split(strings.TrimPrefix(path, "/"), "/")
	get, post := r.Method == http.MethodGet, r.Method == http.MethodPost
	switch {
	case path == "/_ping" && (get || r.Method == http.MethodHead):
		e.locked(e.ping).write(w)
	case len(part) == 3 && part[0] == "containers" && part[2] == "json" && get:
		e.locked(func() reply { return e.inspect(part[1]) }).write(w)
	case len(part) == 3 && part[0] == "containers" && part[2] == "exec" && post:
		e.locked(func() reply { return e.createExec(part[1], body) }).write(w)
	case len(part) == 3 && part[0] == "exec" && part[2] == "start" && post:
		e.startExec(w, r, part[1], body)
	case len(part) == 3 && part[0] == "exec" && part[2] == "json" && get:
		e.locked(func() reply { return e.inspectExec(part[1]) }).write(w)
	default:
		reply{
			status: http.StatusNotFound,
			header: http.Header{"Content-Type": {"application/json"}},
			body:   encode(map[string]string{"message": "page not found"}),
		}.write(w)
	}
}

func (e *dockerEngine) locked(answer func() reply) reply {
	e.lab.mu.Lock()
	defer e.lab.mu.Unlock()
	return answer()
}

// checkVersion refuses what the daemon is too old or too new for.
func checkVersion(version string) (refusal reply, ok bool) {
	major, minor, _ := strings.Cut(version, ".")
	first, _ := strconv.Atoi(major)
	second, _ := strconv.Atoi(minor)
	switch {
	case first > 1 || first == 1 && second > 41:
		return dockerError(http.StatusBadRequest, "client version %s is too new. Maximum supported API version is %s", version, dockerAPI), false
	case first < 1 || second < 12:
		return dockerError(http.StatusBadRequest, "client version %s is too old. Minimum supported API version is 1.12, please upgrade your client to a newer version", version), false
	}
	return reply{}, true
}

func (e *dockerEngine) ping() reply {
	header := dockerHeader("text/plain; charset=utf-8")
	if e.lab.active[chaos.DockerOld] {
		header.Set("Api-Version", "1.21")
	}
	header.Set("Cache-Control", "no-cache, no-store, must-revalidate")
	header.Set("Pragma", "no-cache")
	return reply{status: http.StatusOK, header: header, body: []byte("OK")}
}

func dockerHeader(contentType string) http.Header {
	return http.Header{
		"Api-Version":         {dockerAPI},
		"Content-Type":        {contentType},
		"Docker-Experimental": {"false"},
		"Ostype":              {"linux"},
		"Server":              {"Docker/" + dockerVersion + " (linux)"},
	}
}

func dockerJSON(status int, body any) reply {
	return reply{status: status, header: dockerHeader("application/json"), body: encode(body)}
}

func dockerError(status int, format string, args ...any) reply {
	return dockerJSON(status, map[string]string{"message": fmt.Sprintf(format, args...)})
}

// found reports whether name is the container's: its name, its id or the
// beginning of its id.
func (e *dockerEngine) found(name string) bool {
	return !e.lab.active[containerMissing] && (name == containerName || name != "" && strings.HasPrefix(e.id, name))
}

func (e *dockerEngine) stopped() bool { return e.lab.active[containerStopped] }

// paused: a container that is stopped cannot be paused too.
func (e *dockerEngine) paused() bool { return e.lab.active[containerPaused] && !e.stopped() }

// flag reports whether a fault is there.
func (e *dockerEngine) flag(fault string) bool {
	e.lab.mu.Lock()
	defer e.lab.mu.Unlock()
	return e.lab.active[fault]
}

// hanging are the commands that never ended, by a fault; it makes them.
func (e *dockerEngine) hanging() []string {
	if !e.lab.active[chaos.ExecHanging] {
		return nil
	}
	ids := []string{strings.Repeat("1", 64), strings.Repeat("2", 64)}
	for _, id := range ids {
		e.execs[id] = &execInstance{id: id, created: time.Now(), command: []string{"cat", tokenFile}, stdout: true, stderr: true, started: true, running: true}
	}
	return ids
}

func (e *dockerEngine) inspect(name string) reply {
	if !e.found(name) {
		return dockerError(http.StatusNotFound, "No such container: %s", name)
	}
	status, pid, finished := "running", 4242, time.Time{}
	switch {
	case e.stopped():
		status, pid, finished = "exited", 0, e.created
	case e.paused():
		status = "paused"
	}
	state := map[string]any{
		"Status": status, "Running": !e.stopped(), "Paused": e.paused(), "Restarting": false,
		"OOMKilled": false, "Dead": false, "Pid": pid, "ExitCode": 0, "Error": "",
		"StartedAt": vaultTime(e.created), "FinishedAt": vaultTime(finished),
	}
	if e.lab.active[chaos.ContainerUnhealthy] {
		state["Health"] = map[string]any{"Status": "unhealthy", "FailingStreak": 3, "Log": []any{}}
	}
	return dockerJSON(http.StatusOK, map[string]any{
		"Id":           e.id,
		"Created":      vaultTime(e.created),
		"Path":         "/bin/k3s",
		"Args":         []string{"server"},
		"State":        state,
		"Image":        "sha256:" + e.id,
		"Name":         "/" + containerName,
		"RestartCount": 0,
		"Driver":       "overlay2",
		"Platform":     "linux",
		"ExecIDs":      e.hanging(),
		"HostConfig":   map[string]any{"NetworkMode": "default", "Privileged": true, "RestartPolicy": map[string]any{"Name": "always", "MaximumRetryCount": 0}},
		"Mounts":       []any{},
		"Config":       map[string]any{"Hostname": e.id[:12], "Tty": false, "Image": "rancher/k3s", "Cmd": []string{"server"}, "Entrypoint": []string{"/bin/k3s"}, "Labels": map[string]string{}},
		"NetworkSettings": map[string]any{
			"Networks": map[string]any{},
		},
	})
}
