package upstream_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// TestFlowsThatAskInTheSameNameShareASession: a thousand flows of one Vault had a
// connection each, and a login.
func TestFlowsThatAskInTheSameNameShareASession(t *testing.T) {
	var all logins
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(&all)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	file := filepath.Join(t.TempDir(), "jwt")
	if err := os.WriteFile(file, []byte(jwt), 0o600); err != nil {
		t.Fatal(err)
	}
	sessions := upstream.NewSessions()
	flowOf := func(role, namespace string) *upstream.VaultServer {
		vault := upstream.NASVault(config.Vault{Address: server.URL, Namespace: namespace, Auth: &config.Auth{
			Kubernetes: &config.KubernetesAuth{Mount: "kubernetes", Role: role, JWTFile: file},
		}})
		vault.Reuse(sessions)
		return vault
	}
	first, second := flowOf("exporter", ""), flowOf("exporter", "")
	stranger, elsewhere := flowOf("other", ""), flowOf("exporter", "team-a")
	for _, step := range []struct {
		what   string
		vault  *upstream.VaultServer
		opened int32
		did    []string
	}{
		{"the first", first, 1, []string{"login", "used"}},
		{"one that asks in the same name", second, 0, []string{"used"}},
		{"another role", stranger, 1, []string{"login", "used"}},
		{"another namespace", elsewhere, 1, []string{"login", "used"}},
	} {
		_, err := use(t.Context(), step.vault)
		got := opened.Swap(0)
		if diff := cmp.Diff(step.did, all.told()); err != nil || got != step.opened || diff != "" {
			t.Errorf("%s: got %v and %d connections opened, want %d; (-want +did):\n%s", step.what, err, got, step.opened, diff)
		}
	}
	first.End(t.Context())
	first.End(t.Context()) // as each hop of a flow does
	if did := all.told(); did != nil {
		t.Errorf("got %v when the first flow ended, want nothing: the second goes on", did)
	}
	if _, err := use(t.Context(), second); err != nil || opened.Load() != 0 {
		t.Errorf("the second, after that: got %v and %d connections opened, want none", err, opened.Load())
	}
	all.told()
	for _, vault := range []*upstream.VaultServer{second, stranger, elsewhere} {
		vault.End(t.Context())
	}
	if len(all.good) != 0 {
		t.Errorf("got %d logins left after the end of all, want none", len(all.good))
	}
	opened.Store(0)
	third := flowOf("exporter", "")
	defer third.End(t.Context())
	if _, err := use(t.Context(), third); err != nil || opened.Load() != 1 {
		t.Errorf("one that comes after the end: got %v and %d connections opened, want one", err, opened.Load())
	}
}

// TestFlowsWithOneKubeconfigShareConnections, up to the end of the last of them.
func TestFlowsWithOneKubeconfigShareConnections(t *testing.T) {
	server := httptest.NewUnstartedServer(object(""))
	open, _ := counting(server)
	server.Start()
	defer server.Close()
	sessions, cfg := upstream.NewSessions(), kubeAt(t, server.URL, "", "")
	flowOf := func(cfg config.Kubernetes) *upstream.KubernetesServer {
		cluster := upstream.MainCluster(cfg)
		cluster.Reuse(sessions)
		return cluster
	}
	elsewhere := cfg
	elsewhere.Namespace = "elsewhere"
	first, second, stranger := flowOf(cfg), flowOf(elsewhere), flowOf(kubeAt(t, server.URL, "", ""))
	for _, step := range []struct {
		what          string
		cluster       *upstream.KubernetesServer
		opened, again int
	}{{"the first", first, 1, 0}, {"another namespace", second, 0, 1}, {"another kubeconfig", stranger, 1, 0}} {
		trace, err := look(t.Context(), step.cluster)
		wants(t, step.what, trace, err, step.opened, step.again, "")
	}
	first.End(t.Context())
	first.End(t.Context()) // as each hop of a flow does
	trace, err := look(t.Context(), second)
	wants(t, "after the end of the first", trace, err, 0, 1, "")
	second.End(t.Context())
	stranger.End(t.Context())
	until(t, "all connections are closed", func() bool { return open.Load() == 0 })
	trace, err = look(t.Context(), second)
	wants(t, "after the end of all", trace, err, 1, 0, "")
	until(t, "that one is closed", func() bool { return open.Load() == 0 })
}
