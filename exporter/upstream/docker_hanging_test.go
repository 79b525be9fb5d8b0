package upstream_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/reason"
)

type prefilled struct{ net.Conn }

func TestReadsThatHangAreNotAddedTo(t *testing.T) {
	const hanging = `{"Running":true,"ProcessConfig":{"entrypoint":"cat","arguments":["/f"]}}`
	for _, tc := range []struct {
		name, first, second string
		want                reason.Reason
	}{
		{"one may be another's, and end", hanging, `{"Running":false}`, ""},
		{"two", hanging, hanging, reason.ExecHanging},
		{"other commands", `{"Running":true,"ProcessConfig":{"entrypoint":"sh"}}`, hanging, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := &dockerd{version: "1.41", answers: map[string]http.HandlerFunc{
				"GET /containers/c/json": answering(200, `{"State":{"Running":true},"ExecIDs":["a","gone","b"]}`),
				"GET /exec/a/json":       answering(200, tc.first),
				"GET /exec/b/json":       answering(200, tc.second),
				"GET /exec/gone/json":    answering(404, `{"message":"No such exec instance: gone"}`),
			}}
			server := httptest.NewServer(e)
			defer server.Close()
			_, err := cat(t, strings.Replace(server.URL, "http:", "tcp:", 1))
			started := strings.Contains(strings.Join(e.paths(), "\n"), "/start")
			if reason.Of(err) != tc.want || started != (tc.want == "") {
				t.Errorf("got %v and a start %t, want reason %q", err, started, tc.want)
			}
		})
	}
}
