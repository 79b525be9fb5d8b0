package contracts_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"
	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// flows generates configurations with everything said, so that no default is
// needed.
func flows(file string) gopter.Gen {
	name := gen.RegexMatch(`^[a-z0-9][a-z0-9_-]{0,8}$`)
	path := gen.RegexMatch(`^[a-z][a-z0-9]{0,3}(/[a-z0-9]{1,3}){0,2}$`)
	word := gen.RegexMatch(`^[a-z][a-z0-9]{0,8}$`)
	seconds := gen.IntRange(2, 3600)
	return gopter.CombineGens(name, seconds, path, word, gen.SliceOfN(5, gen.Bool()), gen.SliceOfN(2, word)).Map(func(v []any) config.Flow {
		has := v[4].([]bool)
		interval := time.Duration(v[1].(int)) * time.Second
		vault := func() *config.Vault {
			return &config.Vault{
				Address: "https://vault.lan:8200", TLS: &config.TLS{CAFile: file}, Namespace: v[2].(string),
				Auth: &config.Auth{Kubernetes: &config.KubernetesAuth{Mount: v[2].(string), Role: v[3].(string), JWTFile: file}},
				KV:   &config.KV{Mount: v[2].(string), Path: v[2].(string), Field: v[3].(string)},
			}
		}
		f := config.Flow{Name: v[0].(string), Interval: interval, Timeout: interval / 2, Format: config.FormatVaultToken, Connections: config.Fresh}
		if has[4] {
			f.Connections, f.ColdEvery = config.Reuse, v[1].(int)
		}
		if has[0] {
			f.NAS.Docker = &config.Docker{Host: "tcp://nas.lan:2376", Container: v[3].(string), User: "65534", TokenFile: "/" + v[2].(string)}
		}
		if has[1] {
			f.NAS.Vault = vault()
		}
		if has[2] {
			f.Main.Vault = vault()
		}
		if has[3] || !has[0] && !has[1] && !has[2] {
			f.Main.Kubernetes = &config.Kubernetes{
				Kubeconfig: file, Namespace: v[3].(string), Secret: &config.Secret{Name: v[3].(string), Keys: v[5].([]string)},
				Broker:         &config.Broker{CronJob: v[3].(string), MaxAge: interval},
				ExternalSecret: &config.ExternalSecret{Name: v[3].(string), MaxAge: interval},
			}
		}
		return f
	})
}

func TestConfigurationSurvivesARoundTrip(t *testing.T) {
	dir := t.TempDir()
	file, path := filepath.Join(dir, "file.pem"), filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	check(t, 300, prop.ForAll(func(f config.Flow) string {
		before := config.Config{Flows: []config.Flow{f}}
		for range 2 { // the second time it is what was loaded that is written
			raw, err := yaml.Marshal(before)
			if err != nil {
				return err.Error()
			}
			if err := os.WriteFile(path, raw, 0o600); err != nil {
				return err.Error()
			}
			after, err := config.Load(path)
			if err != nil {
				return err.Error()
			}
			if diff := cmp.Diff(before, *after); diff != "" {
				return diff
			}
			before = *after
		}
		return ""
	}, flows(file)))
}

// endpoint is a Docker endpoint and whether it can be one.
type endpoint struct {
	text string
	ok   bool
	// open says that it may be refused at once or by the check.
	open bool
}

// endpoints generates Docker endpoints of every form.
func endpoints() gopter.Gen {
	scheme := gen.OneConstOf("tcp", "tcp", "unix", "ssh", "http", "")
	host := gen.OneConstOf("nas.lan", "192.0.2.1", "[2001:db8::1]", "[::1]", "", "user@nas.lan", "user:"+canary+"@nas.lan", "2001:db8::1", "[broken", "na s")
	port := gen.OneConstOf(":2376", ":65535", ":65536", ":99999", ":-1", ":abc", ":", "", ":23:76")
	return gopter.CombineGens(scheme, host, port).Map(func(v []any) endpoint {
		s, h, p := v[0].(string), v[1].(string), v[2].(string)
		if s == "unix" {
			return endpoint{text: "unix:///var/run/docker.sock", ok: true}
		}
		text := h + p
		if s != "" {
			text = s + "://" + text
		}
		badHost := h == "" || strings.ContainsAny(h, "@ ") || h == "[broken"
		badPort := p == ":-1" || p == ":abc" || p == ":" || p == ""
		// What is none of these is an address to the standard library, which
		// then fails to dial it.
		odd := p == ":65536" || p == ":99999" || p == ":23:76" || h == "2001:db8::1"
		return endpoint{text: text, ok: s == "tcp" && !badHost && !badPort && !odd, open: s == "tcp" && odd}
	})
}

// TestEndpointsAreTakenOrNamed checks every form of a Docker endpoint: one that
// can be reached is taken, every other is refused by the key that holds it, and
// none is quoted with a password in it.
func TestEndpointsAreTakenOrNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	check(t, 600, prop.ForAll(func(e endpoint) string {
		raw, err := yaml.Marshal(map[string]any{"flows": []any{map[string]any{"nas": map[string]any{"docker": map[string]any{"host": e.text}}}}})
		if err != nil {
			return err.Error()
		}
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			return err.Error()
		}
		cfg, err := config.Load(path)
		switch {
		case err != nil && strings.Contains(err.Error(), canary):
			return "the error quotes a password"
		case err != nil && !strings.Contains(err.Error(), "nas.docker"):
			return "the error does not name the key: " + err.Error()
		case (err == nil) != e.ok && !e.open:
			return fmt.Sprintf("got %q taken %t, want %t", e.text, err == nil, e.ok)
		case err != nil:
			return ""
		}
		client, err := upstream.OpenDocker(*cfg.Flows[0].NAS.Docker, &upstream.Trace{})
		if err != nil {
			return classified(err)
		}
		client.Close()
		return ""
	}, endpoints()))
}

// TestKubeconfigsAreTakenOrNamed gives the Kubernetes client files of every
// form.
func TestKubeconfigsAreTakenOrNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kubeconfig")
	form := gen.OneConstOf(
		`{"apiVersion":"v1","kind":"Config","current-context":"c","clusters":[{"name":"c","cluster":{"server":%q}}],"contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],"users":[{"name":"u","user":{"token":"`+canary+`"}}]}`,
		`{"clusters":[{"name":"c","cluster":{"server":%q,"certificate-authority-data":"`+canary+`"}}],"contexts":[{"name":"c","context":{"cluster":"c"}}],"current-context":"c"}`,
		`{"clusters":[{"name":"c","cluster":{"server":%q,"certificate-authority":"/does/not/exist"}}],"contexts":[{"name":"c","context":{"cluster":"c"}}],"current-context":"c"}`,
		`{"current-context":"gone","x":%q}`, `%s`, `%q`, "\x00%s", "a: [%s",
	)
	server := gen.OneConstOf("https://k3s.lan:6443", "https://[2001:db8::1]:6443", "http://127.0.0.1:1", "k3s.lan", "", "https://user:"+canary+"@k3s.lan", "://", "https://k3s.lan:99999", canary)
	check(t, 400, prop.ForAll(func(form, server string) string {
		if err := os.WriteFile(path, fmt.Appendf(nil, form, server), 0o600); err != nil {
			return err.Error()
		}
		client, err := upstream.OpenKubernetes(config.Kubernetes{Kubeconfig: path, Namespace: "n"}, &upstream.Trace{})
		if err != nil {
			return classified(err)
		}
		client.Close()
		return ""
	}, form, server))
}
