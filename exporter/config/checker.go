package config

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/exporter/localfile"
)

// Checker checks a decoded configuration and collects the problems, each
// with the line of the nearest key that is in the file.
type Checker struct {
	path string
	root *yaml.Node
	// Broken says that keys could not be read, so that a missing one proves nothing.
	Broken   bool
	problems []Problem
	fence    *fence // around what a ConfigMap's flow may use; nil for a file
}

// Problem notes what is wrong at a place. Its arguments are never what the file
// holds, but for what was decoded into a number or a duration: anything else may
// be a secret that somebody wrote there by mistake.
func (c *Checker) Problem(at Place, format string, args ...any) {
	c.note(locate(c.root, at), at, format, args...)
}

func (c *Checker) note(line int, at Place, format string, args ...any) {
	words := fmt.Sprintf(format, args...)
	if len(at) > 0 {
		words = at.String() + ": " + words
	}
	c.problems = append(c.problems, Problem{Path: c.path, Line: line, Text: words, at: at})
}

// outside notes what is wrong with a file or folder that is named at a place.
func (c *Checker) outside(at Place, format string, args ...any) {
	c.Problem(at, format, args...)
	c.problems[len(c.problems)-1].Outside = true
}

// Docker checks the section of a Docker endpoint; nil is no section.
func (c *Checker) Docker(d *Docker, at Place) {
	if d == nil {
		return
	}
	c.Address(d.Host, at.To("host"), "tcp", "unix")
	if u, err := url.Parse(d.Host); err == nil && u.Scheme == "unix" { // read as the client does: it has several spellings
		c.lent(u.Path, at.To("host"))
	}
	if d.Container != "" && !containerName.MatchString(d.Container) {
		c.Problem(at.To("container"), "got %s, want a container's name or ID", text(d.Container))
	}
	if !strings.HasPrefix(d.TokenFile, "/") {
		c.Problem(at.To("token_file"), "got %s, want an absolute path inside the container", text(d.TokenFile))
	}
	c.TLS(d.TLS, at.To("tls"))
}

// Vault checks the section of a Vault; nil is no section.
func (c *Checker) Vault(vault *Vault, at Place) {
	if vault == nil {
		return
	}
	c.Address(vault.Address, at.To("address"), "https", "http")
	c.TLS(vault.TLS, at.To("tls"))
	c.VaultPath(vault.Namespace, at.To("namespace"))
	if kv := vault.KV; kv != nil {
		c.VaultPath(kv.Mount, at.To("kv", "mount"))
		c.VaultPath(kv.Path, at.To("kv", "path"))
	}
	// Without auth a Vault Agent in front adds its own token.
	if a := vault.Auth; a != nil {
		at := at.To("auth")
		if (a.TokenFile == "") == (a.Kubernetes == nil) {
			c.Problem(at, "got both or none of token_file and kubernetes, want exactly one")
		}
		c.File(a.TokenFile, at.To("token_file"))
		if a.Kubernetes != nil {
			c.File(a.Kubernetes.JWTFile, at.To("kubernetes", "jwt_file"))
			c.VaultPath(a.Kubernetes.Mount, at.To("kubernetes", "mount"))
			if a.Kubernetes.Role == "" {
				c.Problem(at.To("kubernetes", "role"), "got none, want the name of the role to log in with")
			}
		}
	}
}

// TLS checks the section of a TLS client; nil is no section.
func (c *Checker) TLS(t *TLS, at Place) {
	if t == nil {
		return
	}
	c.File(t.CAFile, at.To("ca_file"))
	c.File(t.CertFile, at.To("cert_file"))
	c.File(t.KeyFile, at.To("key_file"))
	if (t.CertFile == "") != (t.KeyFile == "") {
		c.Problem(at, "got only one of cert_file and key_file, want both or none")
	}
}

// Address checks a URL. What reaches it is also in logs, spans and on the page,
// so there is nothing in it but where to connect to.
func (c *Checker) Address(address string, at Place, schemes ...string) {
	u, err := url.Parse(address)
	want := strings.Join(schemes, ":// or ") + "://…"
	switch {
	case address == "":
		c.Problem(at, "got none, want %s", want)
	case err != nil:
		c.Problem(at, "got an address that cannot be read, want %s", want)
	case u.User != nil:
		c.Problem(at, "got an address with a user in it, want credentials in a file of their own")
	case !strings.Contains(" "+strings.Join(schemes, " ")+" ", " "+u.Scheme+" "):
		c.Problem(at, "got another scheme, want %s", want)
	case u.Scheme == "unix" && u.Path == "", u.Scheme != "unix" && u.Hostname() == "":
		c.Problem(at, "got an address without a host or path, want %s", want)
	case u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		c.Problem(at, "got an address with a query or fragment in it, want %s and nothing else", want)
	case u.Scheme != "unix" && strings.Trim(u.Path, "/") != "", u.Scheme == "unix" && u.Host != "":
		c.Problem(at, "got an address with more than a host and port in it, want %s and nothing else", want)
	case u.Scheme == "tcp" && u.Port() == "":
		c.Problem(at, "got no port, want tcp://HOST:PORT")
	case u.Scheme != "unix" && !dialable(u):
		c.Problem(at, "got a host and port that cannot be dialled, want HOST:PORT with a port of 1 to 65535 and an IPv6 address in brackets")
	}
}

// File checks that a named file can be read now: a secret that cannot be read
// at the start would otherwise only show as a failing hop.
func (c *Checker) File(name string, at Place) {
	if name == "" || !c.lent(name, at) {
		return
	}
	if err := localfile.Check(name); err != nil {
		c.outside(at, "reading the file that it names: %s", localfile.Cause(err))
	}
}

// OptionalFile checks that a named file can be read if it is there: one that the
// flow makes may come later.
func (c *Checker) OptionalFile(name string, at Place) {
	if _, err := os.Stat(name); err == nil {
		c.File(name, at)
	} else if name != "" {
		c.lent(name, at)
	}
}

// Dir checks that a named folder is there.
func (c *Checker) Dir(name string, at Place) {
	if name == "" || !c.lent(name, at) {
		return
	}
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		c.outside(at, "reading the folder that it names: it is not a folder")
	}
}

// dialable reports whether the URL's host can be given to a dialer: one colon
// at most outside of brackets, and a port that exists.
func dialable(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.Contains(strings.Trim(u.Host, "[]"), ":") || strings.HasPrefix(u.Host, "[")
	}
	_, port, err := net.SplitHostPort(u.Host)
	n, portErr := strconv.ParseUint(port, 10, 16)
	return err == nil && portErr == nil && n > 0
}
