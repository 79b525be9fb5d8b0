package hop_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// api serves objects by the end of their path; what is not there is no kind.
func api(t *testing.T, objects map[string]string) config.Kubernetes {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for end, object := range objects {
			if strings.HasSuffix(r.URL.Path, end) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, object)
				return
			}
		}
		http.NotFound(w, r) // as Kubernetes does for a kind that it does not serve
	}))
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	content := fmt.Sprintf("clusters: [{name: c, cluster: {server: %q}}]\ncontexts: [{name: c, context: {cluster: c}}]\ncurrent-context: c\n", server.URL)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Kubernetes{
		Kubeconfig: path, Namespace: "n",
		Broker:         &config.Broker{CronJob: "broker", MaxAge: 25 * time.Minute},
		ExternalSecret: &config.ExternalSecret{Name: "es", MaxAge: 15 * time.Minute},
	}
}

// ago is a time as Kubernetes writes it, in quotes.
func ago(d time.Duration) string { return time.Now().Add(-d).UTC().Format(`"` + time.RFC3339 + `"`) }

func job(created time.Duration, owner, condition string) string {
	return fmt.Sprintf(`{"metadata":{"creationTimestamp":%s,"ownerReferences":[{"uid":"other"},{"uid":%q}]},"status":{"conditions":[{"type":%q,"status":"True"}]}}`, ago(created), owner, condition)
}

func TestBroker(t *testing.T) {
	cron := func(created time.Duration, succeeded string) string {
		return fmt.Sprintf(`{"metadata":{"uid":"u","creationTimestamp":%s},"spec":{},"status":{"lastSuccessfulTime":%s}}`, ago(created), succeeded)
	}
	const day = 24 * time.Hour
	for _, tc := range []struct {
		name, cron string
		jobs       []string
		want       reason.Reason
	}{
		{"in time", cron(day, ago(10*time.Minute)), nil, ""},
		{"late", cron(day, ago(2*time.Hour)), nil, reason.Stale},
		{"never ran and is new", cron(time.Minute, "null"), nil, ""},
		{"never ran and is old", cron(day, "null"), nil, reason.Stale},
		{"late, and a Job run by hand succeeded", cron(day, ago(2*time.Hour)), []string{job(5*time.Minute, "u", "Complete"), job(2*time.Hour, "u", "Complete")}, ""},
		{"late, and a Job run by hand succeeded long ago", cron(day, ago(3*time.Hour)), []string{job(2*time.Hour, "u", "Complete")}, reason.Stale},
		{"late, and a Job run by hand is not done", cron(day, ago(2*time.Hour)), []string{job(5*time.Minute, "u", "Suspended")}, reason.Stale},
		{"somebody else's Job succeeded", cron(day, ago(2*time.Hour)), []string{job(time.Minute, "x", "Complete")}, reason.Stale},
		{"somebody else's Job failed", cron(day, ago(time.Minute)), []string{job(time.Minute, "x", "Failed")}, ""},
		{"the newest failed", cron(day, ago(10*time.Minute)), []string{job(10*time.Minute, "u", "Complete"), job(time.Minute, "u", "Failed")}, reason.JobFailed},
		{"an older one failed", cron(day, ago(time.Minute)), []string{job(10*time.Minute, "u", "Failed"), job(time.Minute, "u", "Complete")}, ""},
		{"suspended", `{"spec":{"suspend":true}}`, nil, reason.Suspended},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := api(t, map[string]string{"/cronjobs/broker": tc.cron, "/jobs": `{"items":[` + strings.Join(tc.jobs, ",") + `]}`})
			reading, err := hop.Broker(upstream.MainCluster(cfg))(t.Context())
			if reason.Of(err) != tc.want {
				t.Errorf("got %v, want reason %q", err, tc.want)
			}
			if strings.Contains(tc.name, "by hand succeeded") && time.Since(reading.Broker.LastSuccess) > 150*time.Minute {
				t.Errorf("got the last success %s, want that of the Job run by hand", reading.Broker.LastSuccess)
			}
		})
	}
}

func TestExternalSecret(t *testing.T) {
	object := func(spec, ready, refreshed string) string {
		return fmt.Sprintf(`{"spec":{%s},"status":{"refreshTime":%s,"conditions":[{"type":"Ready","status":%q}]}}`, spec, refreshed, ready)
	}
	for _, tc := range []struct {
		name, object, words string
		want                reason.Reason
	}{
		{"in time", object(`"refreshInterval":"5m"`, "True", ago(10*time.Minute)), "", ""},
		{"late", object(`"refreshInterval":"5m"`, "True", ago(20*time.Minute)), "want at most 15m", reason.Stale},
		{"an hour between, in time", object(`"refreshInterval":"1h0m0s","refreshPolicy":"Periodic"`, "True", ago(40*time.Minute)), "", ""},
		{"an hour between, at its end", object(`"refreshInterval":"1h0m0s"`, "True", ago(61*time.Minute)), "", ""},
		{"an hour between, late", object(`"refreshInterval":"1h0m0s"`, "True", ago(80*time.Minute)), "want at most 1h15m", reason.Stale},
		{"no interval that can be read", object(`"refreshInterval":"soon"`, "True", ago(20*time.Minute)), "", reason.Stale},
		{"no refresh time", object(`"refreshInterval":"5m"`, "True", "null"), "got no refresh time", reason.Stale},
		{"not ready", object(`"refreshInterval":"5m"`, "False", ago(time.Minute)), "", reason.NotReady},
		{"no status", `{"spec":{"refreshInterval":"5m"}}`, "", reason.NotReady},
		{"refreshed once", object(`"refreshInterval":"0"`, "True", ago(time.Minute)), "never refreshes", reason.Suspended},
		{"CreatedOnce", object(`"refreshPolicy":"CreatedOnce","refreshInterval":"1h"`, "True", ago(time.Minute)), "", reason.Suspended},
		{"OnChange", object(`"refreshPolicy":"OnChange","refreshInterval":"1h"`, "True", ago(time.Minute)), "", reason.Suspended},
	} {
		for _, version := range []string{"v1", "v1beta1"} { // before 0.16 there is the older one only
			t.Run(tc.name+" "+version, func(t *testing.T) {
				cfg := api(t, map[string]string{"/apis/external-secrets.io/" + version + "/namespaces/n/externalsecrets/es": tc.object})
				_, err := hop.ExternalSecret(upstream.MainCluster(cfg), nil, nil)(t.Context())
				if reason.Of(err) != tc.want || err != nil && !strings.Contains(err.Error(), tc.words) {
					t.Errorf("got %v, want reason %q and %q", err, tc.want, tc.words)
				}
			})
		}
	}
	_, err := hop.ExternalSecret(upstream.MainCluster(api(t, nil)), nil, nil)(t.Context())
	if reason.Of(err) != reason.APIMissing {
		t.Errorf("got %v, want reason %q", err, reason.APIMissing)
	}
}

// TestParseExecOfAFolder: Docker makes one where a mounted file is missing.
func TestParseExecOfAFolder(t *testing.T) {
	for _, said := range []string{"cat: read error: Is a directory\n", "cat: /f: Is a directory\n"} {
		_, err := hop.ParseExec(upstream.ExecOutput{ExitCode: 1, Stderr: []byte(said)})
		if reason.Of(err) != reason.FileMissing || !strings.Contains(err.Error(), "folder") {
			t.Errorf("%q: got %v, want reason %q", said, err, reason.FileMissing)
		}
	}
}

// TestOutputThatEndsBeforeItsCommand is not judged by what there is of it.
func TestOutputThatEndsBeforeItsCommand(t *testing.T) {
	if _, err := hop.ParseExec(upstream.ExecOutput{Running: true, Stdout: []byte(example)}); reason.Of(err) != reason.Truncated {
		t.Errorf("got %v, want reason %q", err, reason.Truncated)
	}
}

func TestSnapshot(t *testing.T) {
	for data, want := range map[string]reason.Reason{
		`{"taken":"2026-01-02T03:04:05Z\n"}`: "",
		`{"taken":"yesterday"}`:              reason.Malformed,
		`{"other":"2026-01-02T03:04:05Z"}`:   reason.KeyMissing,
	} {
		cfg := api(t, map[string]string{"/configmaps/backup": `{"data":` + data + `}`})
		cfg.Snapshot = &config.Snapshot{ConfigMap: "backup", Key: "taken"}
		got, err := hop.Snapshot(cfg)(t.Context())
		if reason.Of(err) != want || (err == nil) != (got.Snapshot != nil && got.Snapshot.Unix() == 1767323045) {
			t.Errorf("%s: got %v and %v, want reason %q", data, got.Snapshot, err, want)
		}
	}
}
