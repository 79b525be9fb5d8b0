package main

import (
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/token"
)

// TestRunsLeaveNoLoginBehind: each step logs in anew, and a Vault that is asked by
// a role of tokens that live for a day had eight of them of every run.
func TestRunsLeaveNoLoginBehind(t *testing.T) {
	w := newWorld(t)
	kept := func() (alive int) {
		keys, _ := w.main.admin("LIST", "auth/token/accessors", nil)["keys"].([]any)
		for _, key := range keys {
			if _, lives := w.main.meta(key.(string)); lives {
				alive++
			}
		}
		return alive
	}
	before := kept()
	w.want(0, "TokenUpdated", w.rotate())
	if after := kept(); after != before || before == 0 {
		t.Errorf("got %d tokens in the main Vault after a run, want %d as before; log:\n%s", after, before, w.log)
	}
	if strings.Contains(w.log, "the login was not ended") {
		t.Errorf("got a login that was not ended; log:\n%s", w.log)
	}
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
