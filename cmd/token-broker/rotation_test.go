package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// The policy that the documentation names for the role token-rotator.
var rotator = capabilities{
	"secret/data/tokens/root":     {"create", "read", "update", "patch"},
	"secret/metadata/tokens/root": {"create", "read", "update", "patch"},
	"auth/token/create/nas-token": {"create", "update"},
	"auth/token/create/no-orphan": {"create", "update"},
	"auth/token/revoke-accessor":  {"create", "update"},
	"auth/token/lookup-accessor":  {"create", "update"},
}

// rotation is a flow in which a token is published, in the file and in the
// applications' Secret.
type rotation struct {
	*world
	cutter    *cutter
	tokenFile string
	role      string // the token role, empty for root tokens
	root      string // logs in instead of the role token-rotator, where set
	grace     string

	mu sync.Mutex
	// looks is how often the Secret is looked at before it holds the new token.
	looks    int
	consumed string // what the Secret holds
	old      string
}

const secretPath = "api/v1/namespaces/nas-integration/secrets/" + appSecret

func newRotation(t *testing.T, role string) *rotation {
	r := &rotation{world: newWorld(t), cutter: &cutter{}, role: role, grace: "2s"}
	r.tokenFile = r.file("root-token.txt", "")
	r.nas.admit("token-rotator", rotator)
	for name, orphan := range map[string]bool{"nas-token": true, "no-orphan": false} {
		r.nas.admin("POST", "auth/token/roles/"+name, map[string]any{"allowed_policies": []string{"applications"}, "orphan": orphan, "token_period": "1h"})
	}
	if role == "" {
		r.old = r.rotate()
	} else {
		r.old = r.nas.issueWith("applications")
		r.nas.publish(nasSecret, map[string]any{"token": r.old})
	}
	r.serveSecret(r.old)
	r.looks = 1
	r.kube.reading = func(path string) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if path != secretPath {
			return
		}
		if r.looks--; r.looks < 0 {
			r.serveSecret(r.published())
		}
	}
	r.cutter.Seen = r.consumerWorks
	return r
}

func (r *rotation) published() string { return r.nas.published(nasSecret) }

// serveSecret is what the broker and External Secrets do.
func (r *rotation) serveSecret(id string) {
	r.consumed = id
	r.kube.setToken(id)
}

// consumerWorks checks what rotation is measured by: at no moment do the
// applications hold a token that does not work.
func (r *rotation) consumerWorks() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.nas.live(r.consumed) {
		r.t.Errorf("got a revoked token in the applications' Secret")
	}
}

func (r *rotation) rotateOnce(ctx context.Context) int {
	r.t.Helper()
	nas := httptest.NewServer(r.cutter.Wrap(r.nasAPI))
	defer nas.Close()
	docker := httptest.NewServer(r.cutter.Wrap(r.home.DockerAPI()))
	defer docker.Close()
	kube := newTLSServer(r.cutter.Wrap(r.kube))
	defer kube.Close()
	auth := fmt.Sprintf("kubernetes: {role: token-rotator, jwt_file: %q}", filepath.Join(r.dir, "jwt"))
	if r.root != "" {
		auth = fmt.Sprintf("token_file: %q", r.file("root", r.root))
	}
	path := r.file("rotate.yaml", fmt.Sprintf(`
nas:
  vault: {address: %q, auth: {%s}}
  docker: {host: %q, token_file: %q}
main:
  kubernetes: {kubeconfig: %q, secret: {}}
rotate: {token_role: %q, grace: %s}
`, nas.URL, auth, strings.Replace(docker.URL, "http", "tcp", 1), r.tokenFile,
		r.kube.kubeconfig(r.t, kube), r.role, r.grace))
	return r.run(ctx, "rotate", "--config.file="+path)
}

// converged checks that nothing of any rotation is left over.
func (r *rotation) converged(context string) {
	r.t.Helper()
	now := r.published()
	if now == r.old || !r.nas.live(now) {
		r.t.Errorf("%s: got no new token that works", context)
	}
	if r.nas.live(r.old) {
		r.t.Errorf("%s: got the old token still working", context)
	}
	if roots := r.nas.roots(); r.role == "" && len(roots) != 1 {
		r.t.Errorf("%s: got %d root tokens, want 1", context, len(roots))
	}
	if custom := r.nas.journal(nasSecret); len(custom) != 0 {
		r.t.Errorf("%s: got journal %v, want none", context, custom)
	}
	content, err := os.ReadFile(r.tokenFile)
	if err != nil || strings.TrimSpace(string(content)) != now {
		r.t.Errorf("%s: got something else than the published token in the file", context)
	}
	if r.consumed != now {
		r.t.Errorf("%s: got another token in the Secret than the published one", context)
	}
	for _, command := range r.container.ran() {
		if leaks(strings.Join(command, " ")) {
			r.t.Errorf("%s: got a token among a command's arguments", context)
		}
	}
}
