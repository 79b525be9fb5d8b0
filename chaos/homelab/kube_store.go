package homelab

import (
	"maps"
	"strconv"
	"strings"
	"time"
)

// objectStore holds what clients and administrators write, by resource and name.
// An object in it is never changed, only replaced, so it can be given away.
type objectStore map[string]map[string]any

func (s objectStore) get(resource, name string) map[string]any { return s[resource+"/"+name] }

// stored reads objects that nothing but clients and administrators write.
func stored(resource string) func(*cluster, string) (map[string]any, bool) {
	return func(c *cluster, name string) (map[string]any, bool) {
		object := c.objects.get(resource, name)
		return object, object != nil
	}
}

// names returns those of a resource's objects.
func (s objectStore) names(resource string) []string {
	var names []string
	for key := range s {
		if name, ok := strings.CutPrefix(key, resource+"/"); ok {
			names = append(names, name)
		}
	}
	return names
}

// put stores an object with the metadata that the server itself keeps: those
// are not the client's to choose or to change.
func (c *cluster) put(known resource, name string, object map[string]any) map[string]any {
	c.revision++
	meta := map[string]any{}
	if sent, ok := object["metadata"].(map[string]any); ok {
		meta = maps.Clone(sent)
	}
	uid, created := any(randomUUID()), kubeTime(time.Now())
	if old, ok := c.objects.get(known.name, name)["metadata"].(map[string]any); ok {
		uid, created = old["uid"], old["creationTimestamp"]
	}
	meta["name"], meta["namespace"], meta["uid"] = name, namespace, uid
	meta["creationTimestamp"], meta["resourceVersion"] = created, strconv.Itoa(c.revision)
	stored := maps.Clone(object)
	stored["apiVersion"], stored["kind"], stored["metadata"] = known.apiVersion(), known.kind, meta
	c.objects[known.name+"/"+name] = stored
	return stored
}
