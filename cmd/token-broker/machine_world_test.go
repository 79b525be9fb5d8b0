package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"homelab.io/vault-health-exporter/chaos/homelab"
)

// machine is the world of one sequence.
type machine struct {
	*world
	// mu is held by whoever looks at the world or changes it: the sequence, but
	// not while a rotation runs, and each request of one. A killed rotation can
	// leave a request behind that is still being answered.
	mu                     sync.Mutex
	path                   string // of the KV secret
	real                   vault
	servers                map[string]*httptest.Server
	initial, administrator string // a token by itself, an accessor
	applications           string // the token that they hold, the Secret's last
	tokenFile, config      string
	restore                func()

	// made are the accessors of what rotations made, replaced of what they
	// published it over: what they had read, which is gone from a real Vault's
	// check-and-set where somebody deleted it meanwhile.
	made, replaced map[string]bool
	read           string // the published token's accessor, when it was last read

	// What the world did, which no rotation answers for: it published a token
	// again that had been replaced, it removed what named a token (both by
	// accessor), it changed a copy after the last look at it (by token), it put
	// the whole Vault back in this rotation.
	handed, untraced, unseen map[string]bool
	restored                 bool
	requests, at             int
	looked                   int // the request that last read the Secret
	then                     func()
	follow                   bool // the Secret follows as soon as it is looked at
	killed                   context.CancelFunc
	wrong                    string
}

type httputilProxy struct{ target *url.URL }

// ServeHTTP implements http.Handler.
func (p *httputilProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	proxy := httputil.NewSingleHostReverseProxy(p.target)
	proxy.ServeHTTP(w, r)
}

// issueRotator makes the token that the rotation logs in with.
func (v vault) issueRotator(path string) string {
	name := strings.ReplaceAll(path, "/", "-")
	v.allow(name, capabilities{
		"secret/data/" + path:        {"create", "read", "update", "patch"},
		"secret/metadata/" + path:    {"create", "read", "update", "patch"},
		"auth/token/revoke-accessor": {"update"},
		"auth/token/lookup-accessor": {"update"},
	})
	return v.issueWith(name)
}

// remember keeps what the NAS Vault holds now, for a restore.
func (w *machine) remember() {
	restore, err := w.home.Remember(homelab.NAS)
	if err != nil {
		w.t.Fatal(err)
	}
	w.restore = restore
}

func (w *machine) close() {
	w.mu.Unlock()
	for _, server := range w.servers {
		server.Close()
	}
	if err := w.kube.Close(); err != nil {
		w.t.Error(err)
	}
}

func (w *machine) fault(format string, args ...any) {
	if w.wrong == "" {
		w.wrong = fmt.Sprintf(format, args...)
	}
}

// copies are all places that hold a token.
func (w *machine) copies() map[string]string {
	content, _ := os.ReadFile(w.tokenFile)
	main := w.main.published(mainSecret)
	return map[string]string{
		"NAS KV": w.real.published(w.path), "main KV": main, "Secret": w.kube.token(), "file": strings.TrimSpace(string(content)), "applications": w.applications,
	}
}

func (w *machine) setSecret(id string) {
	w.kube.setToken(id)
	w.applications = id
}

// propagate is what the broker and External Secrets do: only what works is moved.
func (w *machine) propagate() {
	if id := w.real.published(w.path); w.real.accessor(id) != "" {
		w.main.publish(mainSecret, map[string]any{"token": id})
		w.setSecret(id)
	}
}

func (w *machine) configure() {
	w.tokenFile = filepath.Join(w.dir, "root-token.txt")
	w.config = w.file("machine.yaml", fmt.Sprintf(`
nas: {vault: {address: %q, auth: {token_file: %q}, kv: {path: %s}}}
main:
  vault: {address: %q, auth: {kubernetes: {role: token-rotator, jwt_file: %q}}}
  kubernetes: {kubeconfig: %q, secret: {}}
rotate: {grace: 5ms, token_file: %q}
`, w.servers["nas"].URL, filepath.Join(w.dir, "rotator"), w.path, w.servers["main"].URL, filepath.Join(w.dir, "jwt"),
		w.kube.kubeconfig(w.t, w.servers["kube"]), w.tokenFile))
}

// rotate runs one rotation; at its request number at, then happens.
func (w *machine) rotate(at int, then func()) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w.requests, w.at, w.then, w.killed = 0, at, then, cancel
	w.restored = false
	alive := w.real.accessor(w.applications) != ""
	w.mu.Unlock()
	exit := w.run(ctx, "rotate", "--config.file="+w.config)
	w.mu.Lock()
	w.at = 0
	if alive && w.real.accessor(w.applications) == "" && !w.unseen[w.applications] && !w.restored {
		w.fault("applications hold a token that does not work any more")
	}
	w.traced()
	return exit
}

// traced holds that every token that a rotation made or replaced is published,
// marked, or in the journal.
func (w *machine) traced() {
	journal, published := text(w.real.journal(w.path)), w.real.accessor(w.real.published(w.path))
	current, _ := w.real.meta(published)
	for _, all := range []map[string]bool{w.made, w.replaced} {
		for accessor := range all {
			meta, alive := w.real.meta(accessor)
			known := accessor == published || meta["owner"] != nil || strings.Contains(journal, accessor) || current["replaces"] == accessor
			if accessor != "" && alive && !known && !w.handed[accessor] && !w.untraced[accessor] {
				w.fault("a root token lives on without a trace")
			}
		}
	}
}

// forget notes that what named the tokens of all rotations may be gone.
func (w *machine) forget() {
	for _, all := range []map[string]bool{w.made, w.replaced} {
		for accessor := range all {
			w.untraced[accessor] = true
		}
	}
}

// settle lets the world come to rest: then a rotation ends, or says that it
// cannot, and what it made is gone but for the published one.
func (w *machine) settle() {
	w.follow = true
	w.kube.allow()
	w.real.note(w.path, forgedKey, nil)
	if w.real.accessor(w.real.published(w.path)) == "" {
		id, _ := w.real.issue()
		w.real.publish(w.path, map[string]any{"token": id})
	}
	w.propagate()
	exit := 1
	for range 4 {
		w.propagate()
		if exit = w.rotate(0, nil); exit == 0 {
			break
		}
	}
	if exit != 0 {
		if !strings.Contains(w.log, "outcome=open reason=ambiguous") {
			w.fault("does not end in a quiet world: %s", w.log[strings.LastIndex(strings.TrimSpace(w.log), "\n")+1:])
		}
		return
	}
	published := w.real.accessor(w.real.published(w.path))
	for accessor := range w.made {
		if _, alive := w.real.meta(accessor); alive && accessor != published {
			w.fault("a token of an earlier rotation lives on though all have ended")
		}
	}
}
