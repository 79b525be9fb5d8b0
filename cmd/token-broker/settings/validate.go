package settings

import (
	"path/filepath"

	"homelab.io/vault-health-exporter/exporter/config"
)

// validator checks decoded settings for one command.
type validator struct {
	*config.Checker
	command Command
}

// need notes that a section is not there, unless that could be because it
// could not be read.
func (v validator) need(there bool, at ...any) {
	if !there && !v.Broken {
		v.Problem(at, "got none, want the section that %q needs", v.command)
	}
}

func (v validator) settings(s *Settings) {
	v.Dir(s.FeaturesDir, config.Place{"features_dir"})
	v.need(s.NAS.Vault != nil, "nas", "vault")
	v.Vault(s.NAS.Vault, config.Place{"nas", "vault"})
	v.Vault(s.Main.Vault, config.Place{"main", "vault"})
	v.Docker(s.NAS.Docker, config.Place{"nas", "docker"})
	if k := s.Main.Kubernetes; k != nil {
		v.File(k.Kubeconfig, config.Place{"main", "kubernetes", "kubeconfig"})
		v.Objects(k, config.Place{"main", "kubernetes"})
	}
	switch v.command {
	case Cycle:
		v.need(s.Main.Vault != nil, "main", "vault")
	case RotateToken:
		v.rotate(s)
	case TakeBackup:
		v.snapshot(s.Snapshot)
	case CheckHealth:
		v.need(s.HealthCheck != nil, "health_check")
		v.need(s.Main.Kubernetes != nil, "main", "kubernetes")
	}
}

func (v validator) rotate(s *Settings) {
	r := s.Rotate
	v.need(r != nil, "rotate")
	if r == nil {
		return
	}
	at := config.Place{"rotate"}
	v.VaultPath(r.TokenRole, at.To("token_role"))
	if r.Grace < 0 {
		v.Problem(at.To("grace"), "got %s, want more than 0s", r.Grace)
	}
	if r.TokenRole == "" && len(r.Policies) > 0 {
		v.Problem(at.To("policies"), "got policies without a token_role; a root token has none but root")
	}
	if r.TokenFile != "" {
		if s.NAS.Docker != nil {
			v.Problem(at.To("token_file"), "got it besides nas.docker, want one place for the token file")
		}
		v.Dir(filepath.Dir(r.TokenFile), at.To("token_file"))
		v.OptionalFile(r.TokenFile, at.To("token_file"))
	}
}

func (v validator) snapshot(s *Snapshot) {
	v.need(s != nil, "snapshot")
	if s == nil {
		return
	}
	at := config.Place{"snapshot"}
	v.ObjectName(s.ConfigMap, at.To("config_map"))
	if s.Dir == "" {
		v.Problem(at.To("dir"), "got none, want the directory for the snapshots")
		return
	}
	v.Dir(s.Dir, at.To("dir"))
	if s.Keep < 1 {
		v.Problem(at.To("keep"), "got %d, want at least 1", s.Keep)
	}
}
