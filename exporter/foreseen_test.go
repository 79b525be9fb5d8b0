//go:build !race

package exporter

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"slices"
	"testing"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/chaos/network"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// odd is an answer that no healthy server of the flow gives.
type odd struct {
	status       int
	server, body string
}

// odds are statuses and bodies of each kind of server, and of none.
func odds() (all []odd) {
	every := []int{200, 302, 400, 401, 403, 404, 405, 429, 473, 500}
	for _, kind := range []struct {
		statuses []int
		server   string
		bodies   []string
	}{
		{every, "", []string{``, `{}`, `null`, `{`, `<html></html>`, `{"errors":[]}`, `{"message":"x"}`}},
		{[]int{400, 403, 404, 500, 503}, "", []string{
			`{"errors":["no handler for route"]}`, `{"errors":["namespace not found"]}`, `{"errors":["Vault is not initialized"]}`,
			`{"errors":["Vault is sealed"]}`, `{"errors":["standby mode"]}`, `{"errors":["permission denied"]}`, `{"errors":["invalid token"]}`,
			`{"errors":["1 error occurred:\n\t* permission denied\n\n"]}`, `{"errors":["unknown role: x"]}`, `{"errors":["encryption key not found"]}`,
			`{"errors":["invalid role name"]}`, `{"errors":["failed to look up namespace from the token"]}`, `{"errors":["1 error occurred:\n\t* unsupported path\n\n"]}`,
		}},
		{[]int{404, 409, 500}, "", []string{`{"message":"No such container: x"}`, `{"message":"container x is paused"}`, `{"message":"OCI runtime exec failed"}`}},
		{[]int{403, 404, 410}, "", []string{`{"kind":"Status","details":{"name":"x"}}`, `{"kind":"Status"}`}},
		{[]int{503}, "envoy", []string{
			`WRONG_VERSION_NUMBER`, `UNSUPPORTED_PROTOCOL`, `certificate has expired`, `verify SAN list`, `CERTIFICATE_VERIFY_FAILED`, `ALERT`, `TLS error`,
			`no healthy upstream`, `upstream request timeout`, `connection timeout`, `connection failure`, `connection termination`, ``,
		}},
		{[]int{200, 404}, "", []string{
			`{"data":null}`, `{"data":{}}`, `{"data":{"data":null,"metadata":{"version":1}}}`, `{"data":{"data":null,"metadata":{"version":1,"destroyed":true}}}`,
			`{"data":{"data":{},"metadata":{"version":1}}}`, `{"data":{"data":{"token":1},"metadata":{"version":1}}}`, `{"data":{"ttl":1,"policies":[],"num_uses":-1}}`,
			`{"data":{"plaintext":"eA=="}}`, `{"auth":{"client_token":"x"}}`, `{"initialized":false,"sealed":true}`, `{"initialized":true,"sealed":false,"removed_from_cluster":true}`,
			`{"ApiVersion":"1.12"}`, `{"State":{"Running":false}}`, `{"State":{"Running":true,"Health":{"Status":"unhealthy"}}}`, `{"Id":"x/y"}`, `{"Running":true}`, `{"ExitCode":7}`,
			`{"items":[]}`, `{"items":null}`, `{"spec":{"suspend":true}}`, `{"spec":{"refreshInterval":"0"}}`, `{"data":{"token":"eA=="}}`,
		}},
	} {
		for _, status := range kind.statuses {
			for _, body := range kind.bodies {
				all = append(all, odd{status, kind.server, body})
			}
		}
	}
	return all
}

// front answers one request of a check in the server's place, and passes the
// others on to it.
type front struct {
	network network.Network
	turn    int // which request of a check it answers
	answer  odd
	asked   int
}

// frontAddress is where the front listens.
const frontAddress = "127.0.0.1:1"

// DialContext implements upstream.Network.
func (f *front) DialContext(ctx context.Context, kind, _ string) (net.Conn, error) {
	return f.network.DialContext(ctx, kind, frontAddress)
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.asked++; f.asked != f.turn {
		pass := httputil.ReverseProxy{Transport: &http.Transport{DialContext: f.network.DialContext, DisableKeepAlives: true}, Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = "http", p.In.Host, p.In.Host
		}}
		pass.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if f.answer.server != "" {
		w.Header().Set("Server", f.answer.server)
	}
	w.WriteHeader(f.answer.status)
	_, _ = io.WriteString(w, f.answer.body)
}

// TestNoAnswerIsUnforeseen puts odd answers in the place of each request of each
// hop: a reason that comes of it and is not among the hop's own has a series
// that is born at 1, which no increase sees.
func TestNoAnswerIsUnforeseen(t *testing.T) {
	f := &front{}
	home := homelabtest.Start(t, homelab.Options{Network: &f.network, Plain: true, CopyInterval: homelabtest.OnRequest.CopyInterval})
	listener, err := f.network.Listen(frontAddress)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: f}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	ctx := upstream.Over(t.Context(), f)
	for _, format := range []struct {
		name     string
		foreseen func(flow.Hop) []reason.Reason
	}{{config.FormatVaultToken, flow.Reasons}, {config.FormatOpaque, flow.OpaqueReasons}} {
		home.Flow.Format = format.name
		for _, h := range hop.Build(home.Flow, nil) {
			f.oddAnswers(ctx, t, h, format.foreseen(h.Name))
		}
	}
}

// oddAnswers gives each request of a hop's check each of the odd answers.
func (f *front) oddAnswers(ctx context.Context, t *testing.T, h hop.Hop, foreseen []reason.Reason) {
	t.Helper()
	check := func(turn int, answer odd) error {
		f.turn, f.answer, f.asked = turn, answer, 0
		reading, err := h.Check(ctx)
		reading.Token.Destroy()
		return err
	}
	if err := check(0, odd{}); err != nil {
		t.Fatalf("%s: got %v before any odd answer", h.Name, err)
	}
	for turn := range f.asked {
		for _, answer := range odds() {
			if why := reason.Of(check(turn+1, answer)); why != "" && !slices.Contains(foreseen, why) {
				t.Errorf("%s: got reason %q, which is not foreseen, of %d %q to request %d", h.Name, why, answer.status, answer.body, turn+1)
			}
		}
	}
}
