package discovery

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/metrics"
)

// TestEveryDiscoveredFlowIsInOneShard.
func TestEveryDiscoveredFlowIsInOneShard(t *testing.T) {
	const flows, shards = 40, 4
	w := begin(t, fileFlow)
	for i := range flows {
		w.PutFlow(fmt.Sprint("team-", i), "https://nas:8200")
	}
	w.Put("bad", nil)
	seen := map[string]int{}
	for number := range uint64(shards) {
		shard := metrics.Shard{Number: number, Of: shards}
		cfg, err := New(w.Source.file, shard.Has).Load(t.Context())
		if (err != nil) != shard.Has("bad") {
			t.Errorf("shard %s: got error %v, want it where the flow is", shard, err)
		}
		for _, name := range named(cfg) {
			seen[name]++
		}
	}
	if len(seen) != flows+2 {
		t.Errorf("got %d flows, want %d", len(seen), flows+2)
	}
	for name, times := range seen {
		if times != 1 {
			t.Errorf("%s: got it in %d shards, want one", name, times)
		}
	}
}

// TestTheNamespace is the pod's own where none is configured.
func TestTheNamespace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "namespace")
	for content, want := range map[string]string{"team-a": "team-a", "": "", "../secrets": "", strings.Repeat("a", 64): ""} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := namespaceOf(config.Discovery{}, file); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q and %v", content, got, err)
		}
	}
	_, err := New(func() (*config.Config, error) {
		return &config.Config{Discovery: &config.Discovery{Selector: "a"}}, nil
	}, nil).Load(context.Background())
	if want := "discovery: reading the pod's own namespace: there is none here; name one in discovery.namespace: config"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
