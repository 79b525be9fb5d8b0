package lab

import (
	"net/netip"
	"path/filepath"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"
)

// own are the places of a flow's configuration that a lane has to itself.
var own = []string{"name", "host", "address", "container", "path", "cronjob", "role"}

// TestLanesShareNothingButServers looks through the exporter's configuration for
// what two flows both name.
func TestLanesShareNothingButServers(t *testing.T) {
	shipped, err := filepath.Abs("../../deploy")
	if err != nil {
		t.Fatal(err)
	}
	l := &Lab{shipped: shipped, id: "abc123", lanes: 2, network: network{subnet: netip.MustParsePrefix("172.20.0.0/16")}}
	adapted, err := l.configurations(false)[0].adapted(shipped)
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct{ Flows []map[string]any }
	err = yaml.Unmarshal(l.withLanes(adapted), &parsed)
	if err != nil || len(parsed.Flows) != 3 {
		t.Fatalf("got %d flows, error %v, want 3", len(parsed.Flows), err)
	}
	owner := map[string]int{}
	for i, flow := range parsed.Flows {
		for _, value := range values(flow, "") {
			if first, seen := owner[value]; seen && first != i {
				t.Errorf("got %q of flow %d in flow %d too", value, first, i)
			}
			owner[value] = i
		}
	}
	for _, want := range []string{"name=lane1-qnap", "path=lane2-tokens/root", "container=lane1-qnap-k3s-abc123", "cronjob=lane2-nas-token-broker"} {
		if _, ok := owner[want]; !ok {
			t.Errorf("got no %q", want)
		}
	}
}

// values are those of the places that are a lane's own, as PLACE=VALUE. The engines'
// roles are the servers'.
func values(part any, field string) (all []string) {
	switch part := part.(type) {
	case map[string]any:
		for name, value := range part {
			if name != "pki" && name != "transit" {
				all = append(all, values(value, name)...)
			}
		}
	case string:
		if slices.Contains(own, field) {
			all = append(all, field+"="+part)
		}
	}
	return all
}

func TestRenamed(t *testing.T) {
	l := (&Lab{lanes: 1}).Lane(1)
	got, _ := l.renamed(map[string]any{
		"apiVersion": "external-secrets.io/v1", "serviceAccountName": CronBroker, "role": roleExternalSecrets,
		"names": []any{CronBroker + ".tokenupdated", secretName, "nas-vault-snapshot", brokerConfig + "-h4sh"},
	}).(map[string]any)
	names, _ := got["names"].([]any)
	want := []any{"lane1-" + CronBroker + ".tokenupdated", "lane1-" + secretName, "nas-vault-snapshot", "lane1-" + brokerConfig}
	if !slices.Equal(names, want) || got["apiVersion"] != "external-secrets.io/v1" || got["serviceAccountName"] != CronBroker || got["role"] != "lane1-"+roleExternalSecrets {
		t.Errorf("got %v", got)
	}
}

func TestKnown(t *testing.T) {
	l := &Lab{lanes: 1}
	for alias, want := range map[string]bool{
		aliasK3s: true, aliasNASContainer: true, "lane1-" + aliasNASContainer: true, "lane2-" + aliasNASContainer: false,
		aliasOtherVault: false, "lane1-" + aliasOtherVault: false, "lane1-" + aliasK3s: false, aliasNASContainer + awaySuffix: false,
	} {
		if got := l.known(alias); got != want {
			t.Errorf("%s: got known %t, want %t", alias, got, want)
		}
	}
}
