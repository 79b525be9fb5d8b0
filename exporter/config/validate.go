package config

import (
	"fmt"
	"regexp"
	"time"
)

// flowName is short: a name is in every series and in every line of the log, and
// what fits is neither a token nor a UUID, the form of tokens before Vault 0.10.
var flowName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// sightings are where what has to be there once was seen first, in all files.
type sightings struct {
	flows     map[string]sighting // by name
	discovery *sighting
}

type sighting struct {
	path string
	line int
	at   Place
}

func (c *Checker) sight(at Place) sighting { return sighting{c.path, locate(c.root, at), at} }

// from says where it was for whoever reads about the file called path.
func (s sighting) from(path string) string {
	if s.path == path {
		return s.at.String()
	}
	return fmt.Sprintf("%s:%d", s.path, s.line)
}

// config checks the configuration of one file; seen is what was before it.
func (c *Checker) config(cfg *Config, seen *sightings) {
	if len(cfg.Flows) == 0 && cfg.Discovery == nil && !c.Broken {
		c.Problem(Place{"flows"}, "got no flow, want at least one")
	}
	if cfg.Discovery != nil {
		here := c.sight(Place{"discovery"})
		if seen.discovery != nil {
			c.Problem(here.at, "got that of %s again, want it once", seen.discovery.from(c.path))
		}
		seen.discovery = &here
	}
	c.discovery(cfg.Discovery, Place{"discovery"})
	misshapen := c.byFlow()
	for i, f := range cfg.Flows {
		at := Place{"flows", i, "name"}
		if first, twice := seen.flows[f.Name]; twice {
			c.Problem(at, "got the name of %s again, want each name once", first.from(c.path))
			continue
		}
		if seen.flows == nil {
			seen.flows = map[string]sighting{}
		}
		first := c.sight(at)
		first.at = at[:2]
		seen.flows[f.Name] = first
	}
	for i := range cfg.Flows {
		f := &cfg.Flows[i]
		c.Broken = misshapen[i]
		c.flow(*f, Place{"flows", i})
		if !timely(*f) { // a flow that cannot be checked has slots all the same
			f.Interval, f.Timeout = defaultInterval, defaultTimeout
		}
	}
	for i, p := range c.problems {
		c.problems[i].Flow = c.owner(p, cfg.Flows)
	}
}

// byFlow says which flows, by their number, there is a problem with by now.
func (c *Checker) byFlow() map[int]bool {
	flows := map[int]bool{}
	for _, p := range c.problems {
		if len(p.at) > 1 && p.at[0] == "flows" {
			i, _ := p.at[1].(int)
			flows[i] = true
		}
	}
	return flows
}

func timely(f Flow) bool {
	return f.Interval >= time.Second && f.Timeout > 0 && f.Timeout < f.Interval
}

func (c *Checker) flow(f Flow, at Place) {
	if !flowName.MatchString(f.Name) {
		c.Problem(at.To("name"), "got %s, want 1 to 32 lower-case letters, digits, - and _", text(f.Name))
	}
	if f.Interval < time.Second {
		c.Problem(at.To("interval"), "got %s, want at least 1s", f.Interval)
	}
	if f.Timeout <= 0 || f.Timeout >= f.Interval {
		c.Problem(at.To("timeout"), "got %s, want more than 0s and less than the interval, %s", f.Timeout, f.Interval)
	}
	if f.Format != FormatVaultToken && f.Format != FormatOpaque {
		c.Problem(at.To("format"), "got %s, want %s or %s", text(f.Format), FormatVaultToken, FormatOpaque)
	}
	if f.Format == FormatOpaque && f.Fallback != nil {
		c.Problem(at.To("fallback"), "got tiers of a flow whose values are opaque, want none: only a Vault token can be tried")
	}
	c.connections(f, at)
	if f.NAS.Docker == nil && f.NAS.Vault == nil && f.Main.Vault == nil && f.Main.Kubernetes == nil && !c.Broken {
		c.Problem(at, "got no hop, want at least one of nas.docker, nas.vault, main.vault and main.kubernetes")
	}
	c.Docker(f.NAS.Docker, at.To("nas", "docker"))
	c.Vault(f.NAS.Vault, at.To("nas", "vault"))
	c.Vault(f.Main.Vault, at.To("main", "vault"))
	c.kubernetes(f.Main.Kubernetes, at.To("main", "kubernetes"))
	if (f.NAS.PKI != nil || f.NAS.Transit != nil) && f.NAS.Vault == nil && !c.Broken {
		c.Problem(at.To("nas"), "got pki or transit without vault, want nas.vault beside them")
	}
	c.Dir(f.FeaturesDir, at.To("features_dir"))
	if pki := f.NAS.PKI; pki != nil {
		c.VaultPath(pki.Mount, at.To("nas", "pki", "mount"))
		c.VaultPath(pki.Role, at.To("nas", "pki", "role"))
	}
	c.transit(f.NAS.Transit, at.To("nas", "transit"))
	c.fallback(f, at.To("fallback"))
}

func (c *Checker) connections(f Flow, at Place) {
	switch {
	case f.Connections != Fresh && f.Connections != Reuse:
		c.Problem(at.To("connections"), "got %s, want %s or %s", text(f.Connections), Fresh, Reuse)
	case f.Connections == Fresh && f.ColdEvery != 0:
		c.Problem(at.To("cold_every"), "got it without connections: %s, where every check is cold", Reuse)
	case f.Connections == Reuse && f.ColdEvery < 2:
		c.Problem(at.To("cold_every"), "got %d, want 2 or more; with connections: %s every check is cold", f.ColdEvery, Fresh)
	}
}

func (c *Checker) transit(transit *Transit, at Place) {
	if transit == nil {
		return
	}
	if transit.CanaryFile == "" && !c.Broken {
		c.Problem(at.To("canary_file"), "got none, want the file with the canary that deploy/vault/setup.sh made")
	}
	c.File(transit.CanaryFile, at.To("canary_file"))
	c.VaultPath(transit.Mount, at.To("mount"))
	c.VaultPath(transit.Key, at.To("key"))
}

func (c *Checker) fallback(f Flow, at Place) {
	tiers := f.Fallback
	if tiers == nil {
		return
	}
	c.File(tiers.AgeIdentityFile, at.To("age_identity_file"))
	if (tiers.BackupConfigMap != nil || tiers.LocalCache != nil) && tiers.AgeIdentityFile == "" {
		c.Problem(at.To("age_identity_file"), "got none, want the age identity that decrypts backup_configmap and local_cache")
	}
	if tiers.LocalCache != nil && tiers.LocalCache.File == "" {
		c.Problem(at.To("local_cache", "file"), "got none, want the path of the encrypted token")
	}
	if tiers.LocalCache != nil {
		c.OptionalFile(tiers.LocalCache.File, at.To("local_cache", "file"))
	}
	for name, object := range map[string]*ObjectKey{
		"cached_secret": tiers.CachedSecret, "backup_configmap": tiers.BackupConfigMap, "emergency_token": tiers.EmergencyToken,
	} {
		if object == nil {
			continue
		}
		if object.Name == "" || object.Key == "" {
			c.Problem(at.To(name), "got no name or no key, want both")
		}
		c.ObjectName(object.Name, at.To(name, "name"))
		c.dataKey(object.Key, at.To(name, "key"))
		if f.Main.Kubernetes == nil {
			c.Problem(at.To(name), "got no main.kubernetes to read it from")
		}
	}
}

func (c *Checker) kubernetes(k *Kubernetes, at Place) {
	if k == nil {
		return
	}
	if k.Kubeconfig == "" && c.fence != nil {
		c.Problem(at.To("kubeconfig"), "got none, want one below discovery.files_dir: the pod's own ServiceAccount is not lent to the flows of ConfigMaps")
	}
	c.File(k.Kubeconfig, at.To("kubeconfig"))
	c.Objects(k, at)
	if k.Broker == nil && k.ExternalSecret == nil && k.Secret == nil && k.Snapshot == nil && !c.Broken {
		c.Problem(at, "got nothing to read, want at least one of broker, external_secret, secret and snapshot")
	}
	if k.Broker != nil && k.Broker.MaxAge < 0 {
		c.Problem(at.To("broker", "max_age"), "got %s, want more than 0s", k.Broker.MaxAge)
	}
	if k.ExternalSecret != nil && k.ExternalSecret.MaxAge < 0 {
		c.Problem(at.To("external_secret", "max_age"), "got %s, want more than 0s", k.ExternalSecret.MaxAge)
	}
}
