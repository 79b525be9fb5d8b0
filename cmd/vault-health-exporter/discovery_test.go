package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/discovery/discoverytest"
	"homelab.io/vault-health-exporter/exporter/metrics"
)

// TestDiscoveryOnTheCommandLine: what is tried once knows the flows of ConfigMaps,
// and a list that cannot be had is not taken for an empty one.
func TestDiscoveryOnTheCommandLine(t *testing.T) {
	refuse := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }
	has := metrics.Shard{Number: 0, Of: 2}.Has("team-a")
	with, without := "--shard=0/2", "--shard=1/2"
	if !has {
		with, without = without, with
	}
	for _, test := range []struct {
		name    string
		args    []string
		instead http.HandlerFunc
		broken  bool
		exit    int
		says    string
	}{
		{"checked", []string{"--config.check"}, nil, false, exitOK, "is valid: 2 flows"},
		{"checked, with a mistake", []string{"--config.check"}, nil, true, exitUnusable, `configmap "flows/team-a" key "flow.yaml": line 1: this is no YAML`},
		{"checked, without the right", []string{"--config.check"}, refuse, false, exitUnusable, "discovery: listing the objects"},
		{"once", []string{"--once"}, nil, false, exitFailed, "flow team-a: degraded"},
		{"once, with a mistake", []string{"--once"}, nil, true, exitFailed, "flow team-a: inconclusive because of k8s_secret (config)"},
		{"once, without the right", []string{"--once"}, refuse, false, exitUnusable, "discovery: listing the objects"},
		{"its shard", []string{"--once", with}, nil, false, exitFailed, "flow team-a: degraded"},
	} {
		t.Run(test.name, func(t *testing.T) {
			api := &discoverytest.API{}
			server := httptest.NewServer(api)
			defer server.Close()
			file := discoverytest.Config(t, server.URL, "1m", oneFlow)
			api.PutFlow("team-a", "http://127.0.0.1:1")
			if test.broken {
				api.Put("team-a", map[string]string{"flow.yaml": "["})
			}
			api.Instead(test.instead)
			var out bytes.Buffer
			if exit := run(t.Context(), append(test.args, "--config.file="+file), &out, &out); exit != test.exit || !strings.Contains(out.String(), test.says) {
				t.Errorf("got exit code %d and %s, want %d and %s", exit, &out, test.exit, test.says)
			}
		})
	}
	api := &discoverytest.API{}
	server := httptest.NewServer(api)
	defer server.Close()
	api.PutFlow("team-a", "http://127.0.0.1:1")
	var out bytes.Buffer
	if run(t.Context(), []string{"--once", without, "--config.file=" + discoverytest.Config(t, server.URL, "1m", "")}, &out, &out); strings.Contains(out.String(), "team-a") {
		t.Errorf("got %s of the other shard, want nothing of the flow", &out)
	}
}
