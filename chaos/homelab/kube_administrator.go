package homelab

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// KubernetesAPI is the Kubernetes API without its listener, for whoever puts
// something in front of it.
func (h *Homelab) KubernetesAPI() http.Handler { return h.kube }

// Object returns an object of the flow's namespace as an administrator sees it,
// nil where there is none. Resources are named as in paths ("events").
func (h *Homelab) Object(resource, name string) map[string]any {
	h.mu.Lock()
	defer h.mu.Unlock()
	object, ok := resourceNamed(resource).get(h.kube, name)
	if !ok {
		return nil
	}
	var copied map[string]any
	_ = json.Unmarshal(encode(object), &copied) // which is JSON, because it was made of it
	return copied
}

// ObjectNames returns the names of the objects of a resource that can be written.
func (h *Homelab) ObjectNames(resource string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(slices.Values(h.kube.objects.names(resource)))
}

// PutObject makes or replaces an object, as an administrator would. The next
// sync of the copiers repairs the applications' Secret.
func (h *Homelab) PutObject(resource, name string, object map[string]any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kube.put(resourceNamed(resource), name, object)
}

// DeleteObject deletes an object, and with the CronJob or the ExternalSecret what
// is owned by it: its Jobs, the Secret.
func (h *Homelab) DeleteObject(resource, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.kube
	c.revision++
	switch resource {
	case "cronjobs":
		c.deleted[resource], c.jobs = true, nil
	case "externalsecrets":
		c.deleted[resource] = true
		delete(c.objects, "secrets/"+secretName)
	default:
		delete(c.objects, resource+"/"+name)
	}
}

// RestoreObjects makes the CronJob and the ExternalSecret anew, where they were
// deleted. The next sync of the copiers makes what is owned by them.
func (h *Homelab) RestoreObjects() {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.kube
	if c.deleted["cronjobs"] {
		c.cronJobUID, c.lastSchedule, c.lastSuccess = randomUUID(), time.Time{}, time.Time{}
	}
	if c.deleted["externalsecrets"] {
		c.externalSecretUID, c.synced = randomUUID(), externalState{}
	}
	clear(c.deleted)
}
