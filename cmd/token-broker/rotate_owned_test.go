package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNotesOfOthersAreLeftAlone(t *testing.T) {
	r := newRotation(t, "")
	administrator, victim := r.nas.issue()
	notes := map[string]any{"rotation-": "x", "rotation-period": "90d", "rotation-0": "x>" + victim, "owner": "alice"}
	r.nas.setNotes(nasSecret, notes)
	if exit := r.rotateOnce(t.Context()); exit != 0 || !strings.Contains(r.log, "outcome=rotated") {
		t.Fatalf("got exit code %d; log:\n%s", exit, r.log)
	}
	if !r.nas.live(administrator) || r.nas.live(r.old) {
		t.Error("got the administrator's token revoked, or the old one alive")
	}
	if diff := cmp.Diff(notes, r.nas.journal(nasSecret)); diff != "" {
		t.Errorf("the notes of others (-want +got):\n%s", diff)
	}
}

func TestForgedEntryRevokesNothing(t *testing.T) {
	for _, form := range []string{"2026-01-02T03:04:05Z %s -", "2026-01-02T03:04:05Z - %s"} {
		r := newRotation(t, "")
		administrator, victim := r.nas.issue()
		key := "rotation-v1-0123456789abcdef0123456789abcdef"
		r.nas.setNotes(nasSecret, map[string]any{key: fmt.Sprintf(form, victim)})
		if exit := r.rotateOnce(t.Context()); exit != 1 || !strings.Contains(r.log, "outcome=open reason=ambiguous") {
			t.Fatalf("got exit code %d; log:\n%s", exit, r.log)
		}
		if !r.nas.live(administrator) || !r.nas.live(r.old) || r.nas.journal(nasSecret)[key] == nil {
			t.Error("got the administrator's token or the published one revoked, or the entry removed")
		}
	}
}

func TestPublishedTokenIsNoLeftover(t *testing.T) {
	for name, damage := range map[string]func(*rotation){
		"deleted":       func(r *rotation) { r.nas.admin("DELETE", "secret/data/"+nasSecret, nil) },
		"garbled":       func(r *rotation) { r.nas.publish(nasSecret, map[string]any{"token": "ask alice"}) },
		"field missing": func(r *rotation) { r.nas.publish(nasSecret, map[string]any{"created_at": "x"}) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRotation(t, "")
			r.looks, r.grace = 1<<30, "50ms"
			ctx, cancel := context.WithCancel(t.Context())
			r.cutter.Cut = cancel
			r.cutter.Before = func(request string) bool { return request == "PUT /v1/secret/data/tokens/root" }
			r.rotateOnce(ctx)
			r.cutter.Before = nil
			damage(r)
			r.root, _ = r.nas.issue() // or no other could be made
			if exit := r.rotateOnce(t.Context()); exit != 1 || !strings.Contains(r.log, "outcome=open") {
				t.Fatalf("got exit code %d; log:\n%s", exit, r.log)
			}
			if !r.nas.live(r.old) || !r.nas.live(r.published()) {
				t.Errorf("got the token that applications hold revoked; log:\n%s", r.log)
			}
			if !strings.Contains(fmt.Sprint(r.nas.journal(nasSecret)), r.nas.accessor(r.old)) {
				t.Errorf("got journal %v, want one that names the old token", r.nas.journal(nasSecret))
			}
		})
	}
}

func TestRotateLeavesNothingWhenRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		role, want string
		arrive     func(*rotation)
	}{
		"the write is forbidden": {"", "reason=forbidden", func(r *rotation) {
			r.nas.allow("token-rotator", capabilities{"secret/data/tokens/root": {"read"}, "secret/metadata/tokens/root": rotator["secret/metadata/tokens/root"], "auth/token/revoke-accessor": {"update"}, "auth/token/lookup-accessor": {"update"}})
		}},
		"the role makes no orphans": {"no-orphan", "reason=policy", func(*rotation) {}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRotation(t, tc.role)
			tc.arrive(r)
			if exit := r.rotateOnce(t.Context()); exit != 1 || !strings.Contains(r.log, tc.want) {
				t.Fatalf("got exit code %d, want 1 and %s; log:\n%s", exit, tc.want, r.log)
			}
			if r.published() != r.old || !r.nas.live(r.old) {
				t.Error("got the old token replaced or revoked")
			}
			if roots := r.nas.roots(); len(roots) > 1 {
				t.Errorf("got %d root tokens, want the old one only", len(roots))
			}
			if custom := r.nas.journal(nasSecret); len(custom) != 0 {
				t.Errorf("got journal %v, want none", custom)
			}
		})
	}
}
