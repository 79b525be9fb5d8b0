package settings

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/exporter/config"
)

// validator checks decoded settings and collects the problems, each with the
// line of the nearest key that is in the file.
type validator struct {
	root     *yaml.Node
	broken   bool // keys could not be read, so a missing one proves nothing
	problems []config.Problem
}

// problem notes what is wrong at a place such as nas.vault.address.
func (v *validator) problem(place, format string, args ...any) {
	v.problems = append(v.problems, config.Problem{Line: lineOf(v.root, place), Text: place + ": " + fmt.Sprintf(format, args...)})
}

// missing notes that a section is not there, unless that could be because it
// could not be read.
func (v *validator) missing(place string, command Command) {
	if !v.broken {
		v.problem(place, "got none, want the section that %q needs", command)
	}
}

// lineOf returns the line of the place, or of the nearest one around it that
// is in the file.
func lineOf(root *yaml.Node, place string) (line int) {
	at := root
	if at.Kind == yaml.DocumentNode && len(at.Content) > 0 {
		at = at.Content[0]
	}
next:
	for name := range strings.SplitSeq(place, ".") {
		for i := 0; at.Kind == yaml.MappingNode && i+1 < len(at.Content); i += 2 {
			if key := at.Content[i]; key.Value == name {
				line, at = key.Line, at.Content[i+1]
				continue next
			}
		}
		return line
	}
	return line
}

func (v *validator) settings(s *Settings, command Command) {
	if s.FeaturesDir != "" {
		v.dir("features_dir", s.FeaturesDir)
	}
	if s.NAS.Vault == nil {
		v.missing("nas.vault", command)
	}
	v.vault("nas.vault", s.NAS.Vault)
	v.vault("main.vault", s.Main.Vault)
	v.docker("nas.docker", s.NAS.Docker)
	if k := s.Main.Kubernetes; k != nil {
		v.file("main.kubernetes.kubeconfig", k.Kubeconfig)
	}
	switch command {
	case Cycle:
		if s.Main.Vault == nil {
			v.missing("main.vault", command)
		}
	case RotateToken:
		v.rotate(s, command)
	case TakeBackup:
		v.snapshot(s, command)
	case CheckHealth:
		if s.HealthCheck == nil {
			v.missing("health_check", command)
		}
		if s.Main.Kubernetes == nil {
			v.missing("main.kubernetes", command)
		}
	}
}

func (v *validator) rotate(s *Settings, command Command) {
	r := s.Rotate
	if r == nil {
		v.missing("rotate", command)
		return
	}
	if r.Grace < 0 {
		v.problem("rotate.grace", "got %s, want more than 0s", r.Grace)
	}
	if r.TokenRole == "" && len(r.Policies) > 0 {
		v.problem("rotate.policies", "got policies without a token_role; a root token has none but root")
	}
	if r.TokenFile != "" {
		if s.NAS.Docker != nil {
			v.problem("rotate.token_file", "got it besides nas.docker, want one place for the token file")
		}
		v.dir("rotate.token_file", filepath.Dir(r.TokenFile))
	}
}

func (v *validator) snapshot(s *Settings, command Command) {
	switch c := s.Snapshot; {
	case c == nil:
		v.missing("snapshot", command)
	case c.Dir == "":
		v.problem("snapshot.dir", "got none, want the directory for the snapshots")
	default:
		v.dir("snapshot.dir", c.Dir)
		if c.Keep < 1 {
			v.problem("snapshot.keep", "got %d, want at least 1", c.Keep)
		}
	}
}

func (v *validator) docker(place string, d *config.Docker) {
	if d == nil {
		return
	}
	v.address(place+".host", d.Host, "tcp", "unix")
	if !strings.HasPrefix(d.TokenFile, "/") {
		v.problem(place+".token_file", "got %q, want an absolute path inside the container", d.TokenFile)
	}
	v.tls(place+".tls", d.TLS)
}

func (v *validator) vault(place string, vault *config.Vault) {
	if vault == nil {
		return
	}
	v.address(place+".address", vault.Address, "https", "http")
	v.tls(place+".tls", vault.TLS)
	a := vault.Auth
	if a == nil {
		return // a Vault Agent in front adds its own token
	}
	if (a.TokenFile == "") == (a.Kubernetes == nil) {
		v.problem(place+".auth", "got both or none of token_file and kubernetes, want exactly one")
	}
	v.file(place+".auth.token_file", a.TokenFile)
	if a.Kubernetes != nil {
		v.file(place+".auth.kubernetes.jwt_file", a.Kubernetes.JWTFile)
		if a.Kubernetes.Role == "" {
			v.problem(place+".auth.kubernetes.role", "got none, want the name of the role to log in with")
		}
	}
}

func (v *validator) tls(place string, t *config.TLS) {
	if t == nil {
		return
	}
	v.file(place+".ca_file", t.CAFile)
	v.file(place+".cert_file", t.CertFile)
	v.file(place+".key_file", t.KeyFile)
	if (t.CertFile == "") != (t.KeyFile == "") {
		v.problem(place, "got only one of cert_file and key_file, want both or none")
	}
}

// address checks a URL. It never quotes one whole: it may hold a password.
func (v *validator) address(place, address string, schemes ...string) {
	want := strings.Join(schemes, ":// or ") + "://…"
	u, err := url.Parse(address)
	switch {
	case address == "":
		v.problem(place, "got none, want %s", want)
	case err != nil:
		v.problem(place, "got an address that cannot be read, want %s", want)
	case u.User != nil:
		v.problem(place, "got an address with a user in it, want credentials in a file of their own")
	case u.Scheme != schemes[0] && u.Scheme != schemes[1]:
		v.problem(place, "got scheme %q, want %s", u.Scheme, want)
	case u.Scheme == "unix" && u.Path == "", u.Scheme != "unix" && u.Hostname() == "":
		v.problem(place, "got an address without a host or path, want %s", want)
	case u.Scheme == "tcp" && u.Port() == "":
		v.problem(place, "got no port, want tcp://HOST:PORT")
	}
}

// file checks that a named file can be read now, so that a wrong path is an
// error about the configuration and not about an upstream.
func (v *validator) file(place, name string) {
	if name == "" {
		return
	}
	f, err := os.Open(name)
	if err != nil {
		v.problem(place, "reading %q: %s", name, cause(err))
		return
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.IsDir() {
		v.problem(place, "reading %q: it is a directory, want a file", name)
	}
}

func (v *validator) dir(place, name string) {
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		v.problem(place, "reading %q: it is not a directory", name)
	}
}
