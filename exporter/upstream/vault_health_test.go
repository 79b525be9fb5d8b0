package upstream_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

func TestHealth(t *testing.T) {
	// A port below those that the kernel gives to whoever asks for any: one that was
	// just closed may be somebody else's by the time it is asked.
	const gone = "http://127.0.0.1:1"
	hangs := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer hangs.Close()
	resets, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer resets.Close()
	go func() {
		for {
			conn, err := resets.Accept()
			if err != nil {
				return
			}
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}
	}()
	for _, tc := range []struct {
		name, address string
		want          reason.Reason
	}{
		{"active", answers(t, 299, nil, `{"initialized":true,"sealed":false,"version":"1.21.0"}`), ""},
		{"active, version redacted", answers(t, 299, nil, `{"initialized":true,"sealed":false,"version":""}`), ""},
		{"sealed", answers(t, 299, nil, `{"initialized":true,"sealed":true,"version":"1.21.0"}`), reason.Sealed},
		{"uninitialized", answers(t, 299, nil, `{"initialized":false,"sealed":true,"version":"1.21.0"}`), reason.Uninitialized},
		{"standby", answers(t, 299, nil, `{"initialized":true,"sealed":false,"standby":true,"version":"1.21.0"}`), reason.Standby},
		{"a disaster-recovery secondary", answers(t, 299, nil, `{"initialized":true,"sealed":false,"replication_dr_mode":"secondary"}`), reason.Standby},
		{"a disaster-recovery secondary, query lost", answers(t, 472, nil, `{"initialized":true,"sealed":false,"replication_dr_mode":"secondary"}`), reason.Standby},
		{"removed from its cluster", answers(t, 530, nil, `{"initialized":true,"sealed":true,"removed_from_cluster":true}`), reason.NodeRemoved},
		{"without its active node", answers(t, 474, nil, `{"initialized":true,"sealed":false,"standby":true,"ha_connection_healthy":false}`), reason.Standby},
		{"a gateway's 503 in JSON", answers(t, 503, nil, `{"message":"failure to get a peer from the ring-balancer"}`), reason.HTTP5xx},
		{"a Kubernetes API's 503", answers(t, 503, nil, `{"kind":"Status","status":"Failure","message":"no endpoints available","code":503}`), reason.HTTP5xx},
		{"a gateway's 501 in JSON", answers(t, 501, nil, `{"message":"Not Implemented"}`), reason.HTTP5xx},
		{"a gateway's 200 in JSON", answers(t, 200, nil, `{"status":"ok","version":"1.2.3"}`), reason.MalformedResponse},
		{"a proxy's 401", answers(t, 401, nil, "401 Unauthorized"), reason.ProxyRefused},
		{"a proxy's 403", answers(t, 403, nil, "<html>"), reason.ProxyRefused},
		{"a proxy's 403 in JSON", answers(t, 403, nil, `{"message":"forbidden"}`), reason.ProxyRefused},
		{"a proxy's 404", answers(t, 404, nil, "404 page not found"), reason.ProxyRefused},
		{"a proxy's 429", answers(t, 429, nil, "Too Many Requests"), reason.RateLimited},
		{"OpenBao's, asked in a namespace", answers(t, 400, nil, `{"errors":["operation unavailable in namespaces"]}`), reason.HTTPUnexpected},
		{"a 403 that looks like Vault's", answers(t, 403, nil, `{"errors":["permission denied"]}`), reason.HTTPUnexpected},
		{"no clock", answers(t, 200, nil, `{"initialized":true,"sealed":false,"server_time_utc":253402300799}`), ""},
		{"an array", answers(t, 200, nil, `[{},{}]`), reason.MalformedResponse},
		{"not a Vault", answers(t, 200, nil, `{}`), reason.MalformedResponse},
		{"a page", answers(t, 200, nil, "<html>"+said), reason.MalformedResponse},
		{"empty", answers(t, 200, nil, ""), reason.MalformedResponse},
		{"500", answers(t, 500, nil, said), reason.HTTP5xx},
		{"a proxy's 502", answers(t, 502, nil, said), reason.HTTP5xx},
		{"418", answers(t, 418, nil, said), reason.ProxyRefused},
		{"the mesh", answers(t, 503, http.Header{"Server": {"envoy"}}, "upstream connect error or disconnect/reset before headers. reset reason: overflow"+said), reason.BreakerOpen},
		{"a 503 of the upstream through the mesh", answers(t, 503, http.Header{"Server": {"envoy"}, "X-Envoy-Upstream-Service-Time": {"3"}}, said), reason.HTTP5xx},
		{"too large", answers(t, 200, nil, `{"version":"`+strings.Repeat("x", 5<<20)+`"}`), reason.MalformedResponse},
		{"a standby's redirect", answers(t, 307, http.Header{"Location": {"http://127.0.0.1:1/v1/sys/health"}}, ""), reason.Standby},
		{"a redirect to TLS", answers(t, 307, http.Header{"Location": {"https://127.0.0.1:1/v1/sys/health"}}, ""), reason.Redirected},
		{"a redirect for good", answers(t, 308, http.Header{"Location": {"http://127.0.0.1:1/v1/sys/health"}}, ""), reason.Redirected},
		{"a sign-on portal", answers(t, 302, http.Header{"Location": {"https://auth.lab.example/?rd=x"}}, ""), reason.Redirected},
		{"a redirect to nowhere", answers(t, 307, nil, ""), reason.Redirected},
		{"nobody listens", gone, reason.ConnectRefused},
		{"hangs", hangs.URL, reason.Timeout},
		{"resets", "http://" + resets.Addr().String(), reason.ConnectionReset},
		{"no TLS there", strings.Replace(answers(t, 200, nil, ""), "http:", "https:", 1), reason.TLSNotTLS},
		{"no such host", "http://vault.invalid:8200", reason.DNS},
	} {
		t.Run(tc.name, func(t *testing.T) {
			patience := time.Minute
			if tc.want == reason.Timeout {
				patience = time.Second
			}
			trace, err := healthWithin(t, config.Vault{Address: tc.address}, patience)
			if reason.Of(err) != tc.want {
				t.Errorf("got %v, want reason %q", err, tc.want)
			}
			silent(t, err)
			if len(trace.Steps) != 1 || trace.Steps[0].Reason != tc.want || trace.Steps[0].Target != tc.address {
				t.Errorf("got steps %+v, want one", trace.Steps)
			}
		})
	}
}

func TestVersionIsALabelOnlyWhereItLooksLikeOne(t *testing.T) {
	for version, want := range map[string]string{
		"1.17.2": "1.17.2", "1.21.0+ent.hsm": "1.21.0+ent.hsm", "1.16.3+ent.hsm.fips1402": "1.16.3+ent.hsm.fips1402", "1.20.0-rc1": "1.20.0-rc1",
		"1.19.0-beta1+ent": "1.19.0-beta1+ent", "2.5.0-beta20251125": "2.5.0-beta20251125", said: "unknown", "": "unknown",
		"1.2.3-" + said[4:28]: "unknown", "1.2.3+free.text": "unknown", "1.2." + strings.Repeat("3", 4000): "unknown",
	} {
		var trace upstream.Trace
		client, err := upstream.OpenVault(config.Vault{Address: answers(t, 200, nil, `{"initialized":true,"sealed":false,"version":"`+version+`"}`)}, "", &trace)
		if err != nil {
			t.Fatal(err)
		}
		state, err := client.Health(t.Context())
		if err != nil || state.Version != want {
			t.Errorf("%q: got %+v and %v, want %q", version, state, err, want)
		}
		client.Close()
	}
}

func TestAnotherVaultHasAnotherIdentity(t *testing.T) {
	identity := func(body string) uint64 {
		var trace upstream.Trace
		client, err := upstream.OpenVault(config.Vault{Address: answers(t, 200, nil, body)}, "", &trace)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		state, err := client.Health(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return state.Identity
	}
	const active = `{"initialized":true,"sealed":false`
	one, other := identity(active+`,"cluster_id":"0a"}`), identity(active+`,"cluster_id":"0b"}`)
	if one == other || one != identity(active+`,"cluster_id":"0a"}`) || one == 0 || one >= 1<<53 {
		t.Errorf("got %d and %d, want two numbers that a float holds", one, other)
	}
	if got := identity(active + `}`); got != 0 {
		t.Errorf("got %d for a Vault that does not say", got)
	}
}

func TestHealthIsTheServers(t *testing.T) {
	namespaces := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		namespaces[r.URL.Path] = r.Header.Get("X-Vault-Namespace")
		_, _ = io.WriteString(w, `{"initialized":true,"sealed":false,"data":{"ttl":0,"policies":["root"]}}`)
	}))
	defer server.Close()
	var trace upstream.Trace
	client, err := upstream.OpenVault(config.Vault{Address: server.URL, Namespace: "team"}, "", &trace)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Health(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := client.LookupSelf(t.Context()); err != nil {
		t.Error(err)
	}
	if namespaces["/v1/sys/health"] != "" || namespaces["/v1/auth/token/lookup-self"] != "team" {
		t.Errorf("got the namespaces %q, want one for the token only", namespaces)
	}
}
