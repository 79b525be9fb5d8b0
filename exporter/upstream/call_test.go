package upstream_test

import (
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// TestRequestsThatCannotBeMade: whose fault they are.
func TestRequestsThatCannotBeMade(t *testing.T) {
	kubernetes, err := upstream.OpenKubernetes(kubeAt(t, "http://127.0.0.1:1", "", ""), &upstream.Trace{})
	if err != nil {
		t.Fatal(err)
	}
	defer kubernetes.Close()
	vault, err := upstream.OpenVault(config.Vault{Address: "http://127.0.0.1:1"}, upstream.EndpointNASVault, &upstream.Trace{})
	if err != nil {
		t.Fatal(err)
	}
	defer vault.Close()
	for _, tc := range []struct {
		request upstream.Request
		want    reason.Reason
	}{
		{upstream.Request{Method: "GET", Body: make(chan int)}, reason.Internal},
		{upstream.Request{Method: "G T"}, reason.Config},
	} {
		if err := kubernetes.Call(t.Context(), upstream.OpK8sGet, tc.request, nil); reason.Of(err) != tc.want {
			t.Errorf("Kubernetes: got %v, want reason %q", err, tc.want)
		}
		if err := vault.Call(t.Context(), upstream.OpVaultKVRead, tc.request, nil); reason.Of(err) != tc.want {
			t.Errorf("Vault: got %v, want reason %q", err, tc.want)
		}
	}
}

// TestAddressesThatAreNone: a configuration that was not loaded from a file may
// have them.
func TestAddressesThatAreNone(t *testing.T) {
	const none = "http://%zz"
	if _, err := upstream.OpenDocker(config.Docker{Host: none}, &upstream.Trace{}); reason.Of(err) != reason.Config {
		t.Errorf("Docker: got %v, want reason %q", err, reason.Config)
	}
	if _, err := upstream.OpenVault(config.Vault{Address: none}, upstream.EndpointNASVault, &upstream.Trace{}); reason.Of(err) != reason.Config {
		t.Errorf("Vault: got %v, want reason %q", err, reason.Config)
	}
}
