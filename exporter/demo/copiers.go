package demo

import (
	"slices"
	"strconv"
	"time"
)

// How many Jobs the CronJob keeps: the defaults of Kubernetes.
const (
	keptSuccesses = 3
	keptFailures  = 1
)

// runBroker is one run of the CronJob: NAS KV to main KV. It writes only when
// it could read, so the main Vault keeps the token that it has. Without the
// Kubernetes API, or suspended, there is no run.
func (h *Homelab) runBroker(now time.Time) {
	c := h.kube
	if h.active[k8sDown] || h.active[brokerSuspended] {
		return
	}
	c.lastSchedule = now
	value, ok := h.readToken(h.nas, nasPath)
	ok = ok && !h.active[brokerFailed] && !h.active[nasDown] && !h.active[nasSlow] && h.main.condition() == serving
	if ok {
		h.main.kv.put(mainPath, map[string]any{tokenKey: value, "updated_at": vaultTime(now), "source": "nas"})
		h.settleMainSecret() // before External Secrets looks
		c.lastSuccess = now
	}
	c.record(job{uid: randomUUID(), started: now, failed: !ok})
}

// record adds a Job and drops those that the history has no room for. Times
// have whole seconds, so a Job that started in the same second as another
// takes its place: nobody could tell which is newer.
func (c *cluster) record(j job) {
	c.jobNumber++ // Kubernetes numbers Jobs by minutes; here they run more often
	c.revision++
	j.name = cronJobName + "-" + strconv.FormatInt(c.jobNumber, 10)
	c.jobs = slices.DeleteFunc(c.jobs, func(old job) bool { return old.started.Unix() == j.started.Unix() })
	c.jobs = append(c.jobs, j)
	room := map[bool]int{true: keptFailures, false: keptSuccesses}
	for i := len(c.jobs) - 1; i >= 0; i-- {
		if failed := c.jobs[i].failed; room[failed] > 0 {
			room[failed]--
		} else {
			c.jobs = slices.Delete(c.jobs, i, i+1)
		}
	}
}

// runExternalSecrets is one refresh of the ExternalSecret: main KV to Secret.
// A refresh that fails leaves the Secret as it is.
func (h *Homelab) runExternalSecrets(now time.Time) {
	c := h.kube
	if h.active[k8sDown] {
		return // the operator can neither read nor write its objects
	}
	value, ok := h.readToken(h.main, mainPath)
	ok = ok && !h.active[esoStopped]
	if ok != c.synced.ready || c.synced.since.IsZero() {
		c.synced.ready, c.synced.since = ok, now
	}
	c.revision++
	if ok {
		c.secret, c.synced.refreshed = value, now
	}
}

// readToken reads the token from a Vault's KV engine, as a client would.
func (h *Homelab) readToken(v *vaultNode, path string) (value string, ok bool) {
	version := v.kv.newest(path)
	if v.condition() != serving || version == nil || !version.readable() {
		return "", false
	}
	value, ok = version.data[tokenKey].(string)
	return value, ok
}
