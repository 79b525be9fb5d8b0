package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestRotate(t *testing.T) {
	for _, role := range []string{"", "nas-token"} {
		t.Run("role "+role, func(t *testing.T) {
			r := newRotation(t, role)
			replaced := r.nas.accessor(r.old)
			if exit := r.rotateOnce(t.Context()); exit != 0 || !strings.Contains(r.log, "outcome=rotated") {
				t.Fatalf("got exit code %d; log:\n%s", exit, r.log)
			}
			r.converged("rotated")
			fields := r.nas.get(nasSecret)
			if fields["created_at"] == "" || fields["rotated_from"] != replaced || len(fields) != 3 {
				t.Errorf("got other fields than token, created_at and rotated_from, the old one's accessor")
			}
			if info, err := os.Stat(r.tokenFile); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("got mode %v, want 0600", info.Mode())
			}
		})
	}
}

// TestRotateForTheFirstTime has no token published; a root token logs in.
func TestRotateForTheFirstTime(t *testing.T) {
	w := newWorld(t)
	own, _ := w.nas.issue()
	w.file("nas-token", own)
	path := w.file("first.yaml", fmt.Sprintf("nas: {vault: {address: %q, auth: {token_file: %q}}}\nrotate: {token_file: %q, grace: 1ms}\n",
		w.nasServer.URL, filepath.Join(w.dir, "nas-token"), filepath.Join(w.dir, "root-token.txt")))
	if exit := w.run(t.Context(), "rotate", "--config.file="+path); exit != 0 {
		t.Fatalf("got exit code %d; log:\n%s", exit, w.log)
	}
	id := w.nas.published(nasSecret)
	content, _ := os.ReadFile(filepath.Join(w.dir, "root-token.txt"))
	if !w.nas.live(id) || strings.TrimSpace(string(content)) != id || !w.nas.live(own) {
		t.Error("got no working token published and in the file, or our own revoked")
	}
	if custom := w.nas.journal(nasSecret); len(custom) != 0 {
		t.Errorf("got journal %v, want none", custom)
	}
}

// TestRotationStaysOpen: what cannot be shown to have arrived is not revoked,

// however long it takes, and the next run goes on.

func TestRotationStaysOpen(t *testing.T) {
	for name, tc := range map[string]struct {
		stop func(*rotation)
		want string
	}{
		"the Secret never follows": {func(r *rotation) { r.looks = 1 << 30 }, "reason=mismatch"},
		"the Secret is gone":       {func(r *rotation) { r.looks = 1 << 30; r.kube.DeleteObject("secrets", appSecret) }, "reason=not_found"},
		"the Secret is forbidden":  {func(r *rotation) { r.kube.forbid("get", "secrets") }, "reason=forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRotation(t, "")
			held := r.consumed
			tc.stop(r)
			r.grace = "50ms"
			for range 2 {
				if exit := r.rotateOnce(t.Context()); exit != 1 || !strings.Contains(r.log, "outcome=open "+tc.want) {
					t.Fatalf("got exit code %d, want 1 and %s; log:\n%s", exit, tc.want, r.log)
				}
				if !r.nas.live(held) || !r.nas.live(r.published()) || len(r.nas.roots()) != 2 {
					t.Fatalf("got another number of living tokens than the old one and the new one; log:\n%s", r.log)
				}
			}
			if e := r.kube.Object("events", "nas-token-broker.rotationopen"); e["type"] != "Warning" || e["count"] == 1.0 {
				t.Errorf("got Event %v, want a warning that was counted up", e)
			}
			r.kube.allow()
			r.looks = 0
			r.serveSecret(held)
			if exit := r.rotateOnce(t.Context()); exit != 0 || !strings.Contains(r.log, "outcome=resumed") {
				t.Fatalf("got exit code %d; log:\n%s", exit, r.log)
			}
			r.converged(name)
		})
	}
}

// TestNotesOfOthersAreLeftAlone: a key without an identifier once meant every

// token of the Vault, and a note of a person's an entry of the journal.

// TestForgedEntryRevokesNothing: who may write metadata only may revoke nobody.

// TestPublishedTokenIsNoLeftover: a rotation is interrupted before it publishes,

// and then the KV secret is deleted or damaged. What applications hold stays.

// TestRotateLeavesNothingWhenRefused: what cannot be published is revoked at once.

// TestRotateTogether runs rotations at once: each ends, and what they leave

// is one working token.

func TestRotateTogether(t *testing.T) {
	for range 5 {
		r := newRotation(t, "")
		rivals := make([]*rotation, 2)
		var group sync.WaitGroup
		for i := range rivals {
			rival := *r.world
			rival.dir = t.TempDir()
			rivals[i] = &rotation{world: &rival, cutter: &cutter{}, grace: "2s", tokenFile: r.tokenFile}
			rival.file("jwt", r.home.ServiceAccountJWT(cronJob))
			group.Go(func() { rivals[i].rotateOnce(t.Context()) })
		}
		group.Wait()
		if exit := r.rotateOnce(t.Context()); exit != 0 {
			t.Fatalf("got exit code %d; log:\n%s", exit, r.log)
		}
		r.converged("together")
		if t.Failed() {
			t.Logf("first:\n%s\nsecond:\n%s\nlast:\n%s", rivals[0].log, rivals[1].log, r.log)
		}
	}
}

// TestTokenFileIsWholeOrOld cuts the connection in the middle of the token.

func TestTokenFileIsWholeOrOld(t *testing.T) {
	r := newRotation(t, "")
	if err := os.WriteFile(r.tokenFile, []byte(r.old+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.container.cutInput = 10
	if exit := r.rotateOnce(t.Context()); exit != 1 || !strings.Contains(r.log, "reason=exec_failed") {
		t.Fatalf("got exit code %d; log:\n%s", exit, r.log)
	}
	content, _ := os.ReadFile(r.tokenFile)
	if string(content) != r.old+"\n" {
		t.Errorf("got %d bytes in the file, want the old token", len(content))
	}
	if _, err := os.Stat(r.tokenFile + ".new"); err == nil {
		t.Error("got half a token left in a file")
	}
	r.container.cutInput = 0
	if exit := r.rotateOnce(t.Context()); exit != 0 || !strings.Contains(r.log, "outcome=resumed") {
		t.Errorf("got exit code %d from the rerun; log:\n%s", exit, r.log)
	}
	r.converged("rerun")
}
