package main

import (
	"testing"

	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/token"
)

// TestRunsLeaveNoLoginBehind: each step logs in anew, and a Vault that is asked by
// a role of tokens that live for a day had eight of them of every run.
func TestRunsLeaveNoLoginBehind(t *testing.T) {
	w := newWorld(t)
	before := w.main.living()
	w.want(0, "TokenUpdated", w.rotate())
	if after := w.main.living(); after != before || before == 0 {
		t.Errorf("got %d tokens in the main Vault after a run, want %d as before; log:\n%s", after, before, w.log)
	}
	for _, role := range []string{"", "nas-token"} {
		r := newRotation(t, role)
		before := r.nas.living()
		if exit := r.rotateOnce(t.Context()); exit != 0 {
			t.Fatalf("got exit code %d; log:\n%s", exit, r.log)
		}
		if after := r.nas.living(); after != before { // the new token is there, and the old one is gone
			t.Errorf("role %q: got %d tokens in the NAS Vault after a rotation, want %d as before; log:\n%s", role, after, before, r.log)
		}
	}
}

// living is how many tokens work.
func (v vault) living() (alive int) {
	keys, _ := v.admin("LIST", "auth/token/accessors", nil)["keys"].([]any)
	for _, key := range keys {
		if _, lives := v.meta(key.(string)); lives {
			alive++
		}
	}
	return alive
}

// TestLoggingOutRevokesNoGivenToken, which others live on.
func TestLoggingOutRevokesNoGivenToken(t *testing.T) {
	w := newWorld(t)
	published := w.rotate()
	given, err := token.Parse([]byte(published))
	if err != nil {
		t.Fatal(err)
	}
	client, err := upstream.OpenNASVault(config.Vault{Address: w.nasServer.URL}, &upstream.Trace{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	client.ActAs(t.Context(), given)
	if err := client.Logout(t.Context()); err != nil || !w.nas.live(published) {
		t.Errorf("got error %v, and a token that lives %t, want none and true", err, w.nas.live(published))
	}
}
