// Package settings is the broker's configuration: one strict YAML file in the
// exporter's words. Secrets are named by file, never written into it.
package settings

import (
	"cmp"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
)

// Settings is the whole file. Which sections have to be there depends on the
// command; see Load.
type Settings struct {
	// FeaturesDir is where the ConfigMap automation-config is mounted. Without
	// it everything is enabled.
	FeaturesDir string      `yaml:"features_dir"`
	NAS         config.NAS  `yaml:"nas"`
	Main        config.Main `yaml:"main"`
	Rotate      *Rotate     `yaml:"rotate"`
	Snapshot    *Snapshot   `yaml:"snapshot"`
	HealthCheck *Health     `yaml:"health_check"`
}

// Rotate says what token the rotation makes and where it goes besides the KV
// secret nas.vault.kv: to the file nas.docker.token_file inside the container
// nas.docker.container, or to TokenFile, or to neither.
type Rotate struct {
	// TokenRole is the NAS Vault's token role to make periodic tokens under;
	// without one the new token is a root token.
	TokenRole string `yaml:"token_role"`
	// Policies are those of a token made under TokenRole; none are the role's own.
	Policies []string `yaml:"policies"`
	// TokenFile is a file that the command itself can write.
	TokenFile string `yaml:"token_file"`
	// Grace is how long a run waits for every configured copy to hold the new
	// token. When it is over the rotation stays open; nothing is revoked.
	Grace time.Duration `yaml:"grace"`
}

// Snapshot says where backups of the NAS Vault go.
type Snapshot struct {
	Dir string `yaml:"dir"`
	// Keep is how many snapshots stay; older ones are removed.
	Keep int `yaml:"keep"`
	// ConfigMap gets the time of the newest snapshot, in main.kubernetes.namespace.
	ConfigMap string `yaml:"config_map"`
}

// Health says which Secret is annotated while the NAS Vault is unhealthy, in
// main.kubernetes.namespace.
type Health struct {
	Secret string `yaml:"secret"`
}

// The names and times of the shipped manifests.
const (
	defaultGrace     = 30 * time.Minute // a broker's period, a refresh, and as much again
	defaultKeep      = 7
	defaultConfigMap = "nas-vault-snapshot"
	defaultAnnotated = "cluster-vars"
)

// setDefaults fills in what the file left out of the sections that it has. The
// secrets that are read and written, and the CronJob that Events are about,
// are there also where the file does not name them.
func (s *Settings) setDefaults() {
	for _, v := range []*config.Vault{s.NAS.Vault, s.Main.Vault} {
		if v != nil && v.KV == nil {
			v.KV = &config.KV{}
		}
	}
	if k := s.Main.Kubernetes; k != nil && k.Broker == nil {
		k.Broker = &config.Broker{}
	}
	s.NAS.SetDefaults()
	s.Main.SetDefaults()
	if s.Rotate != nil && s.Rotate.Grace == 0 {
		s.Rotate.Grace = defaultGrace
	}
	if s.Snapshot != nil {
		s.Snapshot.Keep = cmp.Or(s.Snapshot.Keep, defaultKeep)
		s.Snapshot.ConfigMap = cmp.Or(s.Snapshot.ConfigMap, defaultConfigMap)
	}
	if s.HealthCheck != nil {
		s.HealthCheck.Secret = cmp.Or(s.HealthCheck.Secret, defaultAnnotated)
	}
}
