package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// healthWorld has a Secret with other people's annotation and data.
func healthWorld(t *testing.T) *world {
	w := newWorld(t)
	w.annotate(map[string]any{"other": "kept"})
	return w
}

// annotate puts the Secret there with these annotations.
func (w *world) annotate(annotations map[string]any) {
	w.kube.PutObject("secrets", clusterVars, map[string]any{
		"metadata": map[string]any{"annotations": annotations}, "data": map[string]any{"password": canary},
	})
}

func (w *world) checkHealth() int {
	w.t.Helper()
	for key, value := range w.flags {
		w.file(key, value)
	}
	path := w.file("health.yaml", fmt.Sprintf("features_dir: %q\nnas: {vault: {address: %q}}\nmain: {kubernetes: {kubeconfig: %q}}\nhealth_check: {}\n",
		w.dir, w.nasServer.URL, w.kube.served(w.t)))
	return w.run(w.t.Context(), "health-check", "--config.file="+path)
}

// annotation returns the annotation and checks that all else is as it was.
func (w *world) annotation() (string, bool) {
	w.t.Helper()
	object := w.kube.Object("secrets", clusterVars)
	annotations := object["metadata"].(map[string]any)["annotations"].(map[string]any)
	if annotations["other"] != "kept" || object["data"].(map[string]any)["password"] != canary {
		w.t.Error("got something else of the Secret changed")
	}
	value, ok := annotations["homelab.io/nas-unhealthy"].(string)
	return value, ok
}

// TestHealthCheck follows one outage from its beginning to its end.
func TestHealthCheck(t *testing.T) {
	w := healthWorld(t)
	check := func(want int) {
		t.Helper()
		if exit := w.checkHealth(); exit != want {
			t.Fatalf("got exit code %d, want %d; log:\n%s", exit, want, w.log)
		}
	}
	check(0)
	if _, set := w.annotation(); set || w.kube.patches() != 0 {
		t.Error("got a healthy NAS annotated, or a patch that changes nothing")
	}
	w.breaks("seal")
	check(0)
	first, _ := w.annotation()
	at, why, _ := strings.Cut(first, " ")
	if _, err := time.Parse(time.RFC3339, at); err != nil || why != "sealed" {
		t.Errorf("got annotation %q, want a time and sealed", first)
	}
	// The outage goes on, for another reason, since an earlier time.
	w.annotate(map[string]any{"other": "kept", "homelab.io/nas-unhealthy": "2026-01-01T00:00:00Z sealed"})
	w.nasServer.Close()
	check(0)
	if got, _ := w.annotation(); got != "2026-01-01T00:00:00Z connect_refused" {
		t.Errorf("got annotation %q, want the first time and the newest reason", got)
	}
	before := w.kube.patches()
	check(0)
	if w.kube.patches() != before {
		t.Error("got a patch though nothing changed")
	}
}

func TestHealthCheckClears(t *testing.T) {
	w := healthWorld(t)
	w.annotate(map[string]any{"other": "kept", "homelab.io/nas-unhealthy": "Sat Nov 21 21:24:06 UTC 2026"})
	w.breaks("seal")
	if exit := w.checkHealth(); exit != 0 {
		t.Fatalf("got exit code %d; log:\n%s", exit, w.log)
	}
	if got, _ := w.annotation(); strings.HasPrefix(got, "Sat") {
		t.Errorf("got annotation %q, want one that begins with an RFC 3339 time", got)
	}
	if err := w.home.Heal("seal"); err != nil {
		t.Fatal(err)
	}
	if exit := w.checkHealth(); exit != 0 {
		t.Fatalf("got exit code %d; log:\n%s", exit, w.log)
	}
	if got, set := w.annotation(); set {
		t.Errorf("got annotation %q, want none", got)
	}
}

func TestHealthCheckForbidden(t *testing.T) {
	w := healthWorld(t)
	w.breaks("seal")
	w.kube.forbid("patch", "secrets")
	if exit := w.checkHealth(); exit != 1 || !strings.Contains(w.log, "reason=forbidden") {
		t.Errorf("got exit code %d, want 1; log:\n%s", exit, w.log)
	}
}
