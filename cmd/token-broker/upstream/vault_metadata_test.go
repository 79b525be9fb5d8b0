package upstream

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestNoteWhereThereIsNoSecret: Vault answers a PATCH of what does not exist
// without a word, which was taken for a proxy's, so the first rotation of all
// failed. A proxy that knows no PATCH must not have the notes of others replaced.
func TestNoteWhereThereIsNoSecret(t *testing.T) {
	for name, tc := range map[string]struct {
		value string
		look  int // what the Vault says to a look at the metadata
		body  string
		why   reason.Reason
		want  []string
	}{
		"a secret that does not exist":  {"x", 404, `{"errors":[]}`, "", []string{"PATCH", "GET", "POST"}},
		"nothing to remove":             {"", 404, `{"errors":[]}`, "", []string{"PATCH", "GET"}},
		"a proxy that knows no PATCH":   {"x", 200, `{"data":{"custom_metadata":{"a":"b"}}}`, reason.ProxyRefused, []string{"PATCH", "GET"}},
		"a proxy that knows nothing":    {"x", 404, `not here`, reason.ProxyRefused, []string{"PATCH", "GET"}},
		"a look that is not allowed":    {"x", 403, `{"errors":["1 error occurred:\n\t* permission denied\n\n"]}`, reason.Forbidden, []string{"PATCH", "GET"}},
		"a look that is not answered":   {"x", 200, `{}`, reason.MalformedResponse, []string{"PATCH", "GET"}},
		"a look into a sealed Vault":    {"x", 503, `{"errors":["Vault is sealed"]}`, reason.Sealed, []string{"PATCH", "GET"}},
		"a look at a page for sign-ins": {"x", 200, `<html>`, reason.MalformedResponse, []string{"PATCH", "GET"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = append(got, r.Method)
				w.Header().Set("Content-Type", "application/json")
				switch r.Method {
				case http.MethodPatch:
					w.WriteHeader(http.StatusNotFound)
				case http.MethodPost:
					w.WriteHeader(http.StatusNoContent)
				default:
					w.WriteHeader(tc.look)
					_, _ = w.Write([]byte(tc.body))
				}
			}))
			defer server.Close()
			kv := config.KV{Mount: "secret", Path: "tokens/root", Field: "token"}
			client, err := OpenNASVault(config.Vault{Address: server.URL, KV: &kv}, &Trace{})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if err := client.SetCustomMetadata(t.Context(), kv, "key", tc.value); reason.Of(err) != tc.why {
				t.Errorf("got %v, want reason %q", err, tc.why)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got requests %q, want %q", got, tc.want)
			}
		})
	}
}
