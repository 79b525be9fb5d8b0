package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// unlike are the faults in which the embedded broker's Jobs say nothing of what
// the program would do, and why.
var unlike = map[string]string{
	"broker-suspended": "no Job runs",
	"broker-failed":    "the Job itself is what is broken",
	"k8s-down":         "no Job runs",
	"k8s-forbidden":    "the exporter may not see the Jobs",

	"nas-credentials": lent, "nas-token-file": lent,
	"token-policy": credulous, "token-elsewhere": credulous, "token-limited": credulous,
	"main-other": direct, "main-kv-mount-missing": direct, "main-kv-flat": direct,
}

const (
	lent      = "the credentials are the exporter's own, which are lent to the program here"
	credulous = "the embedded Job takes every token that is known for one that works"
	direct    = "the embedded Job writes to the storage of the main Vault, whatever is mounted there"
)

// TestTheEmbeddedBrokerDoesWhatThisOneDoes: the embedded flow's Jobs failed while
// the NAS was away; this program keeps the token then, and succeeds. Whoever
// tries the demo must see what the shipped CronJob would show.
func TestTheEmbeddedBrokerDoesWhatThisOneDoes(t *testing.T) {
	home := homelabtest.Start(t, homelabtest.OnRequest)
	nas, main := home.Flow.NAS.Vault, home.Flow.Main.Vault
	own, err := home.IssueToken(homelab.Main, 0, "root")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	tokenFile, config := filepath.Join(dir, "token"), filepath.Join(dir, "config.yaml")
	content := fmt.Sprintf(`
nas: {vault: {address: %q, tls: {ca_file: %q}, auth: {token_file: %q}}}
main: {vault: {address: %q, tls: {ca_file: %q}, auth: {token_file: %q}}}
`, nas.Address, nas.TLS.CAFile, nas.Auth.TokenFile, main.Address, main.TLS.CAFile, tokenFile)
	for path, text := range map[string]string{tokenFile: own, config: content} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, fault := range home.Faults() {
		t.Run(fault.Name, func(t *testing.T) {
			if fault.Front != nil {
				return // which stands before the exporter alone
			}
			if why := unlike[fault.Name]; why != "" {
				t.Log(why)
				return
			}
			if err := home.Break(fault.Name); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { // also where it fails: the next one starts from a flow that works
				if err := home.Heal(fault.Name); err != nil {
					t.Error(err)
				}
				home.Sync()
			})
			home.Sync()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := hop.Broker(upstream.MainCluster(*home.Flow.Main.Kubernetes))(ctx)
			if err != nil && reason.Of(err) != reason.JobFailed {
				t.Logf("the Jobs cannot be read: %s", err)
				return
			}
			var log bytes.Buffer
			exit := run(ctx, []string{"cycle", "--config.file=" + config}, &log, &log)
			if (exit != exitOK) != (err != nil) {
				t.Errorf("got exit code %d of the program and %v of the embedded Job; log:\n%s", exit, err, log.String())
			}
		})
	}
}
