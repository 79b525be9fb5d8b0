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
	"time"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
)

// The policies that the documentation names for the broker.
var (
	brokerAtNAS  = capabilities{"secret/data/tokens/root": {"read"}}
	brokerAtMain = capabilities{"secret/data/nas/vault-token": {"create", "read", "update"}}
)

// The paths of the two Vaults' secrets.
const (
	nasSecret  = "tokens/root"
	mainSecret = "nas/vault-token"
)

// world is everything that one cycle talks to.
type world struct {
	t               *testing.T
	dir             string
	home            *homelab.Homelab
	nas, main       vault
	nasAPI, mainAPI http.Handler
	kube            *kubernetes
	container       *container
	nasServer       *httptest.Server
	// beforeMain, where set, is called before each request to the main Vault.
	beforeMain func(*http.Request)
	// damage, where set, is what becomes of a snapshot on its way.
	damage func([]byte) []byte
	flags  map[string]string
	log    string // of the last run
}

// newWorld is a flow in which no token is published and the main Vault has none.
func newWorld(t *testing.T) *world {
	inside := &container{}
	home := homelabtest.Start(t, homelab.Options{CopyInterval: time.Hour, Mark: canary, Run: inside.run}).Homelab
	w := &world{
		t: t, dir: t.TempDir(), home: home, kube: newKubernetes(home), container: inside,
		flags: map[string]string{"enable-auto-qnap-token": "true", "fallback-to-manual": "true", "health-check-timeout": "30s"},
	}
	w.nas, w.nasAPI = w.administer(homelab.NAS)
	w.main, w.mainAPI = w.administer(homelab.Main)
	for _, accessor := range w.nas.roots() {
		w.nas.revoke(accessor)
	}
	w.main.admit("nas-token-broker", brokerAtMain)
	w.nas.allow("nas-token-broker", brokerAtNAS)
	w.file("nas-token", w.nas.issueWith("nas-token-broker")+"\n")
	w.file("jwt", home.ServiceAccountJWT(cronJob))
	w.nasServer = httptest.NewServer(w.damaging(w.nasAPI))
	t.Cleanup(w.nasServer.Close)
	return w
}

// administer empties a Vault and returns it.
func (w *world) administer(name string) (vault, http.Handler) {
	w.t.Helper()
	api, err := w.home.VaultAPI(name)
	if err == nil {
		err = w.home.SetSecret(name)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	root, err := w.home.IssueToken(name, 0, "root")
	if err != nil {
		w.t.Fatal(err)
	}
	return vault{url: "http://" + name, token: root, transport: directly{api}}, api
}

// damaging puts what damages snapshots before a Vault.
func (w *world) damaging(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if w.damage == nil || r.URL.Path != "/v1/sys/storage/raft/snapshot" {
			next.ServeHTTP(out, r)
			return
		}
		recorder := httptest.NewRecorder()
		next.ServeHTTP(recorder, r)
		content := recorder.Body.Bytes()
		if recorder.Code == http.StatusOK {
			content = w.damage(content)
		}
		out.WriteHeader(recorder.Code)
		_, _ = out.Write(content)
	})
}

// breaks breaks a fault of the homelab.
func (w *world) breaks(fault string) {
	w.t.Helper()
	if err := w.home.Break(fault); err != nil {
		w.t.Fatal(err)
	}
}

// copied returns the fields of the main Vault's copy and how often it was written.
func (w *world) copied() (fields map[string]any, writes int) { return w.home.Secret(homelab.Main) }

// rotate puts a new root token into the NAS Vault's KV.
func (w *world) rotate() string {
	id, _ := w.nas.issue()
	w.nas.publish(nasSecret, map[string]any{"token": id})
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
		w.mainAPI.ServeHTTP(out, r)
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
	if leaks(w.log) || leaks(w.kube.said()) {
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
	fields, _ := w.copied()
	if got, _ := fields["token"].(string); got != token {
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
