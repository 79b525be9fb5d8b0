package upstream_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// TestAnOpenRotationIsReadWithTheSecret: metadata of others, or of no form at
// all, must neither open a rotation nor cost the reading of the token.
func TestAnOpenRotationIsReadWithTheSecret(t *testing.T) {
	const (
		key   = `"rotation-v1-0123456789abcdef0123456789abcde`
		early = key + `1":"2026-01-02T03:04:05Z abcdefghijklmnopqrstuvwx -"`
		late  = key + `2":"2026-01-03T03:04:05Z - -"`
	)
	live := `"data":{"token":"` + said + `"}`
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tc := range []struct {
		name, data, notes string
		status            int
		want              time.Time
		why               reason.Reason
	}{
		{name: "none", data: live, notes: `null`},
		{name: "one", data: live, notes: `{` + early + `}`, want: began},
		{name: "the oldest of two", data: live, notes: `{` + late + `,` + early + `,"owner":"x"}`, want: began},
		{name: "beside a deleted version", data: `"data":null`, notes: `{` + early + `}`, status: 404, want: began, why: reason.SoftDeleted},
		{name: "somebody's own", data: live, notes: `{"rotation-period":"90d","rotation-":"","note":"` + said + `"}`},
		{name: "no time", data: live, notes: `{` + key + `1":"soon - -"}`},
		{name: "before there were clocks", data: live, notes: `{` + key + `1":"0001-01-01T00:00:00Z - -",` + early + `}`, want: began},
		{name: "no strings", data: live, notes: `{` + key + `1":1,` + key + `3":{},` + early + `}`, want: began},
		{name: "a list", data: live, notes: `[` + strings.Repeat(`"x",`, 1000) + `"x"]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(max(200, tc.status))
				_, _ = io.WriteString(w, `{"data":{`+tc.data+`,"metadata":{"version":3,"custom_metadata":`+tc.notes+`}}}`)
			}))
			defer server.Close()
			var trace upstream.Trace
			client, err := upstream.OpenVault(config.Vault{Address: server.URL, Auth: &config.Auth{TokenFile: ownToken(t)}}, "", &trace)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if err := client.Login(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, version, err := client.ReadToken(t.Context(), config.KV{Mount: "secret", Path: "tokens/root", Field: "token"})
			if reason.Of(err) != tc.why || version != 3 || !trace.RotationOpened.Equal(tc.want) {
				t.Errorf("got %v, version %d and a rotation from %s, want reason %q and %s", err, version, trace.RotationOpened, tc.why, tc.want)
			}
		})
	}
}
