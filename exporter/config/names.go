package config

import (
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// What a name becomes is a part of a request's path, and what is asked there is
// asked with credentials: so no name leads elsewhere.

var containerName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`)

// VaultPath checks a path within a Vault; empty is none.
func (c *Checker) VaultPath(path string, at Place) {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	elsewhere := slices.ContainsFunc(segments, func(s string) bool { return s == "" || s == "." || s == ".." })
	if path != "" && (elsewhere || strings.ContainsFunc(path, isControl)) {
		c.Problem(at, "got %s, want a path within the Vault, without an empty part, . or ..", text(path))
	}
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// ObjectName checks the name of a Kubernetes object; empty is none.
func (c *Checker) ObjectName(name string, at Place) {
	if name != "" && len(validation.IsDNS1123Subdomain(name)) > 0 {
		c.Problem(at, "got %s, want the name of a Kubernetes object: lower-case letters, digits, - and .", text(name))
	}
}

// dataKey checks a key of a Secret or ConfigMap; empty is none.
func (c *Checker) dataKey(key string, at Place) {
	if key != "" && len(validation.IsConfigMapKey(key)) > 0 {
		c.Problem(at, "got %s, want a key of a Secret or ConfigMap: letters, digits, -, _ and .", text(key))
	}
}

// Objects checks the names of the objects that are read through a Kubernetes
// API; nil is no section.
func (c *Checker) Objects(k *Kubernetes, at Place) {
	if k == nil {
		return
	}
	c.ObjectName(k.Namespace, at.To("namespace"))
	if k.Broker != nil {
		c.ObjectName(k.Broker.CronJob, at.To("broker", "cronjob"))
	}
	if k.ExternalSecret != nil {
		c.ObjectName(k.ExternalSecret.Name, at.To("external_secret", "name"))
	}
	if k.Secret != nil {
		c.ObjectName(k.Secret.Name, at.To("secret", "name"))
		for i, key := range k.Secret.Keys {
			c.dataKey(key, at.To("secret", "keys", i))
		}
	}
	if k.Snapshot != nil {
		c.ObjectName(k.Snapshot.ConfigMap, at.To("snapshot", "configmap"))
		c.dataKey(k.Snapshot.Key, at.To("snapshot", "key"))
	}
}
