package config

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

var flowName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)

// validator checks a decoded configuration and collects the problems, each
// with the line of the nearest key that is in the file.
type validator struct {
	root     *yaml.Node
	broken   bool // keys could not be read, so a missing one proves nothing
	problems []Problem
}

func (v *validator) problem(at path, format string, args ...any) {
	line, place := locate(v.root, at)
	v.problems = append(v.problems, Problem{Line: line, Text: place + ": " + fmt.Sprintf(format, args...)})
}

func (v *validator) config(c *Config) {
	if len(c.Flows) == 0 && !v.broken {
		v.problem(path{"flows"}, "got no flow, want at least one")
	}
	names := map[string]bool{}
	for i, f := range c.Flows {
		at := path{"flows", i}
		if names[f.Name] {
			v.problem(at.to("name"), "got flow %q twice, want each name once", f.Name)
		}
		names[f.Name] = true
		v.flow(f, at)
	}
}

func (v *validator) flow(f Flow, at path) {
	if !flowName.MatchString(f.Name) {
		v.problem(at.to("name"), "got %q, want lower-case letters, digits, - and _", f.Name)
	}
	if f.Interval < time.Second {
		v.problem(at.to("interval"), "got %s, want at least 1s", f.Interval)
	}
	if f.Timeout <= 0 || f.Timeout >= f.Interval {
		v.problem(at.to("timeout"), "got %s, want more than 0s and less than the interval, %s", f.Timeout, f.Interval)
	}
	if f.NAS.Docker == nil && f.NAS.Vault == nil && f.Main.Vault == nil && f.Main.Kubernetes == nil && !v.broken {
		v.problem(at, "got no hop, want at least one of nas.docker, nas.vault, main.vault and main.kubernetes")
	}
	v.docker(f.NAS.Docker, at.to("nas", "docker"))
	v.vault(f.NAS.Vault, at.to("nas", "vault"))
	v.vault(f.Main.Vault, at.to("main", "vault"))
	v.kubernetes(f.Main.Kubernetes, at.to("main", "kubernetes"))
	for key, wanted := range map[string]bool{"pki": f.NAS.PKI != nil, "transit": f.NAS.Transit != nil} {
		if wanted && (f.NAS.Vault == nil || f.NAS.Vault.Auth == nil) && !v.broken {
			v.problem(at.to("nas", key), "got no nas.vault.auth beside it, want one to log in with")
		}
	}
	v.fallback(f, at.to("fallback"))
}

func (v *validator) fallback(f Flow, at path) {
	tiers := f.Fallback
	if tiers == nil {
		return
	}
	v.file(tiers.AgeIdentityFile, at.to("age_identity_file"))
	if (tiers.BackupConfigMap != nil || tiers.LocalCache != nil) && tiers.AgeIdentityFile == "" {
		v.problem(at.to("age_identity_file"), "got none, want the age identity that decrypts backup_configmap and local_cache")
	}
	if tiers.LocalCache != nil && tiers.LocalCache.File == "" {
		v.problem(at.to("local_cache", "file"), "got none, want the path of the encrypted token")
	}
	for name, object := range map[string]*ObjectKey{
		"cached_secret": tiers.CachedSecret, "backup_configmap": tiers.BackupConfigMap, "emergency_token": tiers.EmergencyToken,
	} {
		if object == nil {
			continue
		}
		if object.Name == "" || object.Key == "" {
			v.problem(at.to(name), "got no name or no key, want both")
		}
		if f.Main.Kubernetes == nil {
			v.problem(at.to(name), "got no main.kubernetes to read it from")
		}
	}
}

func (v *validator) docker(d *Docker, at path) {
	if d == nil {
		return
	}
	v.address(d.Host, at.to("host"), "tcp", "unix")
	if !strings.HasPrefix(d.TokenFile, "/") {
		v.problem(at.to("token_file"), "got %q, want an absolute path inside the container", d.TokenFile)
	}
	v.tls(d.TLS, at.to("tls"))
}

func (v *validator) vault(vault *Vault, at path) {
	if vault == nil {
		return
	}
	v.address(vault.Address, at.to("address"), "https", "http")
	v.tls(vault.TLS, at.to("tls"))
	if vault.KV != nil && vault.Auth == nil && !v.broken {
		v.problem(at.to("kv"), "got no auth beside it, want auth.token_file or auth.kubernetes to read the secret with")
	}
	if a := vault.Auth; a != nil {
		at := at.to("auth")
		if (a.TokenFile == "") == (a.Kubernetes == nil) {
			v.problem(at, "got both or none of token_file and kubernetes, want exactly one")
		}
		v.file(a.TokenFile, at.to("token_file"))
		if a.Kubernetes != nil {
			v.file(a.Kubernetes.JWTFile, at.to("kubernetes", "jwt_file"))
			if a.Kubernetes.Role == "" {
				v.problem(at.to("kubernetes", "role"), "got none, want the name of the role to log in with")
			}
		}
	}
}

func (v *validator) kubernetes(k *Kubernetes, at path) {
	if k == nil {
		return
	}
	v.file(k.Kubeconfig, at.to("kubeconfig"))
	if k.Broker == nil && k.ExternalSecret == nil && k.Secret == nil && k.Snapshot == nil && !v.broken {
		v.problem(at, "got nothing to read, want at least one of broker, external_secret, secret and snapshot")
	}
	if k.Broker != nil && k.Broker.MaxAge < 0 {
		v.problem(at.to("broker", "max_age"), "got %s, want more than 0s", k.Broker.MaxAge)
	}
	if k.ExternalSecret != nil && k.ExternalSecret.MaxAge < 0 {
		v.problem(at.to("external_secret", "max_age"), "got %s, want more than 0s", k.ExternalSecret.MaxAge)
	}
}

func (v *validator) tls(t *TLS, at path) {
	if t == nil {
		return
	}
	v.file(t.CAFile, at.to("ca_file"))
	v.file(t.CertFile, at.to("cert_file"))
	v.file(t.KeyFile, at.to("key_file"))
	if (t.CertFile == "") != (t.KeyFile == "") {
		v.problem(at, "got only one of cert_file and key_file, want both or none")
	}
}

// address checks a URL. It never quotes one whole: it may hold a password.
func (v *validator) address(address string, at path, schemes ...string) {
	u, err := url.Parse(address)
	want := strings.Join(schemes, ":// or ") + "://…"
	switch {
	case address == "":
		v.problem(at, "got none, want %s", want)
	case err != nil:
		v.problem(at, "got an address that cannot be read, want %s", want)
	case u.User != nil:
		v.problem(at, "got an address with a user in it, want credentials in a file of their own")
	case !strings.Contains(" "+strings.Join(schemes, " ")+" ", " "+u.Scheme+" "):
		v.problem(at, "got scheme %q, want %s", u.Scheme, want)
	case u.Scheme == "unix" && u.Path == "", u.Scheme != "unix" && u.Hostname() == "":
		v.problem(at, "got an address without a host or path, want %s", want)
	case u.Scheme == "tcp" && u.Port() == "":
		v.problem(at, "got no port, want tcp://HOST:PORT")
	}
}

// file checks that a named file can be read now: a secret that cannot be read
// at the start would otherwise only show as a failing hop.
func (v *validator) file(name string, at path) {
	if name == "" {
		return
	}
	f, err := os.Open(name)
	if err != nil {
		v.problem(at, "reading %q: %s", name, cause(err))
		return
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.IsDir() {
		v.problem(at, "reading %q: it is a directory, want a file", name)
	}
}
