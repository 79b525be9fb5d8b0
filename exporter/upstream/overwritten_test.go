package upstream_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// kept is a field that keeps the memory it was decoded from.
type kept struct{ raw []byte }

// UnmarshalJSON implements json.Unmarshaler.
func (k *kept) UnmarshalJSON(raw []byte) error {
	k.raw = raw
	return nil
}

// TestRepliesAreOverwritten whoever sent them: a core held the Secret's token
// sixteen times, in the buffers of a decoder among others.
func TestRepliesAreOverwritten(t *testing.T) {
	const secret = "aHZzLkVYQU1QTEUwZXhhbXBsZTBFWEFNUExFMA=="
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"data": "`+secret+`"}`)
	}))
	defer server.Close()
	asks := map[string]func(any) error{
		"Kubernetes": func(out any) error {
			client, err := upstream.OpenKubernetes(kubeAt(t, server.URL, "", "token: x"), &upstream.Trace{})
			if err != nil {
				return err
			}
			defer client.Close()
			return client.Get(t.Context(), "api/v1", "secrets", "x", out)
		},
		"Vault": func(out any) error {
			client, err := upstream.OpenVault(config.Vault{Address: server.URL}, upstream.EndpointNASVault, &upstream.Trace{})
			if err != nil {
				return err
			}
			defer client.Close()
			return client.Call(t.Context(), upstream.OpVaultKVRead, upstream.Request{Method: http.MethodGet, Path: "secret/data/x"}, out)
		},
	}
	for name, ask := range asks {
		t.Run(name, func(t *testing.T) {
			var object struct{ Data kept }
			if err := ask(&object); err != nil {
				t.Fatal(err)
			}
			if len(object.Data.raw) != len(secret)+2 || !bytes.Equal(object.Data.raw, make([]byte, len(secret)+2)) {
				t.Errorf("after the request got %q in memory, want %d zeros", object.Data.raw, len(secret)+2)
			}
		})
	}
}

// TestARequestThatIsAnsweredEarly: who redirects does not read the request first,
// and net/http closes its body while it is still being sent.
func TestARequestThatIsAnsweredEarly(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/sign-in")
		w.WriteHeader(http.StatusFound)
	}))
	defer server.Close()
	for range 200 {
		client, err := upstream.OpenVault(config.Vault{Address: server.URL}, upstream.EndpointNASVault, &upstream.Trace{})
		if err != nil {
			t.Fatal(err)
		}
		err = client.Call(t.Context(), upstream.OpVaultKVRead, upstream.Request{
			Method: http.MethodPost, Path: "secret/data/x", Body: map[string]any{"data": strings.Repeat("a", 1<<16)},
		}, nil)
		client.Close()
		if why := reason.Of(err); why != reason.Redirected && why != reason.ConnectionReset {
			t.Errorf("got %v, want reason %q, or that the connection was reset", err, reason.Redirected)
		}
	}
}
