package homelab

import (
	"slices"
	"strconv"
	"time"

	"homelab.io/vault-health-exporter/chaos"
)

// How many Jobs the CronJob keeps: the defaults of Kubernetes.
const (
	keptSuccesses = 3
	keptFailures  = 1
)

// runBroker is one run of the CronJob: NAS KV to main KV, as token-broker cycle
// does it. Without the Kubernetes API, or suspended, there is no run.
func (h *Homelab) runBroker(now time.Time) {
	c := h.kube
	if h.active[k8sDown] || h.active[brokerSuspended] || h.active[chaos.BrokerStopped] || h.active[chaos.BrokerMissing] || c.deleted["cronjobs"] {
		return
	}
	c.lastSchedule = now
	ok := !h.active[brokerFailed] && (h.nasAway() || h.moveToken(now))
	if ok {
		c.lastSuccess = now
	}
	c.record(job{uid: randomUUID(), started: now, failed: !ok})
}

// nasAway tells a NAS that may come back by itself, for which the main Vault
// keeps its token and the Job succeeds, from one that a person has to mend.
func (h *Homelab) nasAway() bool {
	switch h.nas.condition() {
	case sealed, uninitialized, standby, removed, failing: // a Vault without data says that it is sealed
		return true
	}
	return h.active[nasDown] || h.active[nasSlow]
}

// moveToken writes a token only where it could be read, the NAS Vault accepts it
// and the main Vault does not hold it already.
func (h *Homelab) moveToken(now time.Time) (ok bool) {
	value, ok := h.readToken(h.nas, nasPath)
	if !ok || h.active[nasOther] || h.nas.tokens.lookup(value) == nil || h.main.condition() != serving {
		return false
	}
	if kept, readable := h.readToken(h.main, mainPath); !readable || kept != value {
		h.main.kv.put(mainPath, map[string]any{tokenKey: value, "updated_at": vaultTime(now), "source": "nas-token-broker"})
		h.settleMainSecret() // before External Secrets looks
	}
	return true
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

// readToken reads the token from a Vault's KV engine, as a client would.
func (h *Homelab) readToken(v *vaultNode, path string) (value string, ok bool) {
	version := v.shown(v.kv.newest(path))
	if v.condition() != serving || v.gone("secret/") || v.at(flattened) || version == nil || !version.readable() {
		return "", false
	}
	value, ok = version.data[tokenKey].(string)
	return value, ok
}
