package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/cmd/token-broker/internal/standin"
)

// The policies that the documentation names for the broker.
var (
	brokerAtNAS  = standin.Policy{"secret/data/tokens/root": {"read"}}
	brokerAtMain = standin.Policy{"secret/data/nas/vault-token": {"create", "read", "update"}}
)

// world is everything that one cycle talks to.
type world struct {
	t         *testing.T
	dir       string
	nas, main *standin.Vault
	kube      *kubernetes
	nasServer *httptest.Server
	// beforeMain, where set, is called before each request to the main Vault.
	beforeMain func(*http.Request)
	flags      map[string]string
	log        string // of the last run
}

// newWorld is a flow with a token at the NAS that the main Vault does not have.
func newWorld(t *testing.T) *world {
	w := &world{
		t: t, dir: t.TempDir(), nas: standin.NewVault(), main: standin.NewVault(), kube: newKubernetes(homelabtest.Start(t, homelabtest.OnRequest).Homelab),
		flags: map[string]string{"enable-auto-qnap-token": "true", "fallback-to-manual": "true", "health-check-timeout": "30s"},
	}
	w.main.Roles = map[string]standin.Policy{"nas-token-broker": brokerAtMain}
	own, _ := w.nas.Issue(brokerAtNAS)
	w.file("nas-token", own+"\n")
	w.file("jwt", w.main.JWT)
	w.nasServer = httptest.NewServer(w.nas)
	t.Cleanup(w.nasServer.Close)
	return w
}

// rotate puts a new root token into the NAS Vault's KV.
func (w *world) rotate() string {
	id, _ := w.nas.Issue(nil)
	w.nas.Put("tokens/root", map[string]any{"token": id})
	return id
}

func (w *world) file(name, content string) string {
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func (w *world) cycle() int {
	w.t.Helper()
	return w.cycleWith(context.Background())
}

func (w *world) cycleWith(ctx context.Context) int {
	w.t.Helper()
	flags := filepath.Join(w.dir, "flags")
	if err := os.MkdirAll(flags, 0o755); err != nil {
		w.t.Fatal(err)
	}
	for key, value := range w.flags {
		w.file("flags/"+key, value)
	}
	main := serve(w.t, http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if w.beforeMain != nil {
			w.beforeMain(r)
		}
		w.main.ServeHTTP(out, r)
	}))
	path := w.file("token-broker.yaml", fmt.Sprintf(`
features_dir: %q
nas:
  vault: {address: %q, auth: {token_file: %q}}
main:
  vault: {address: %q, auth: {kubernetes: {role: nas-token-broker, jwt_file: %q}}}
  kubernetes: {kubeconfig: %q}
`, flags, w.nasServer.URL, filepath.Join(w.dir, "nas-token"), main, filepath.Join(w.dir, "jwt"), w.kube.served(w.t)))
	return w.run(ctx, "cycle", "--config.file="+path)
}

// run runs a command at the most talkative level and looks for tokens in
// everything that it said and sent to Kubernetes.
func (w *world) run(ctx context.Context, args ...string) int {
	w.t.Helper()
	var out bytes.Buffer
	exit := run(ctx, append(args, "--log.level=debug"), &out, &out)
	w.log = out.String()
	if standin.Leaks(w.log) || standin.Leaks(w.kube.said()) {
		w.t.Errorf("got a token in what was said:\n%s", w.log)
	}
	return exit
}

// want checks the outcome of a cycle: its exit code, its Event, "" for none,
// and the token in the main Vault, "" for none.
func (w *world) want(exit int, event, token string) {
	w.t.Helper()
	if got := w.cycle(); got != exit {
		w.t.Errorf("got exit code %d, want %d; log:\n%s", got, exit, w.log)
	}
	if got := w.kube.ObjectNames("events"); (event == "") != (len(got) == 0) {
		w.t.Errorf("got Events %q, want %q", got, event)
	}
	if event != "" {
		object := w.kube.Object("events", "nas-token-broker."+strings.ToLower(event))
		about, _ := object["involvedObject"].(map[string]any)
		if uid := w.kube.Object("cronjobs", cronJob)["metadata"].(map[string]any)["uid"]; object["reason"] != event || about["uid"] != uid {
			w.t.Errorf("got Event %v, want %q about the CronJob", object, event)
		}
	}
	if got, _ := w.main.Get("nas/vault-token")["token"].(string); got != token {
		w.t.Errorf("got the wrong token in the main Vault; log:\n%s", w.log)
	}
}

// cycleAt runs a cycle against another address of the main Vault.
func (w *world) cycleAt(ctx context.Context, main string) int {
	path := w.file("cut.yaml", fmt.Sprintf(`
nas:
  vault: {address: %q, auth: {token_file: %q}}
main:
  vault: {address: %q, auth: {kubernetes: {role: nas-token-broker, jwt_file: %q}}}
`, w.nasServer.URL, filepath.Join(w.dir, "nas-token"), main, filepath.Join(w.dir, "jwt")))
	return w.run(ctx, "cycle", "--config.file="+path)
}
