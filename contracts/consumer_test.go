//go:build pact

package contracts_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/pact-foundation/pact-go/v2/consumer"
	"github.com/pact-foundation/pact-go/v2/matchers"

	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestConsumers runs every call of the programs' own clients against a mock
// that answers as the contract says, and compares the pacts that this records
// with those that are checked in.
func TestConsumers(t *testing.T) {
	dir := t.TempDir()
	for _, pair := range contracts.Pairs() {
		t.Run(pair.Name(), func(t *testing.T) {
			for _, exchange := range pair.Exchanges {
				last := exchange.Interactions[len(exchange.Interactions)-1]
				t.Run(last.Description, func(t *testing.T) { consume(t, dir, pair, exchange) })
			}
		})
	}
	t.Run("messages", func(t *testing.T) { consumeMessages(t, dir) })
	if !t.Failed() {
		comparePacts(t, dir)
	}
}

// consume makes one call against a mock of the provider.
func consume(t *testing.T, dir string, pair contracts.Pair, exchange contracts.Exchange) {
	mock, err := consumer.NewV4Pact(consumer.MockHTTPProviderConfig{
		Consumer: pair.Consumer, Provider: pair.Provider, PactDir: dir, LogDir: t.TempDir(), Host: "127.0.0.1",
	})
	if err != nil {
		t.Fatal(err)
	}
	var expectation *consumer.V4InteractionWithResponse
	for _, i := range exchange.Interactions {
		expectation = mock.AddInteraction().Given(string(i.State)).UponReceiving(i.Description).
			WithRequestPathMatcher(consumer.Method(i.Request.Method), text(i.Request.Path), request(i.Request)).
			WillRespondWith(i.Response.Status, response(i.Response))
	}
	err = expectation.ExecuteTest(t, func(server consumer.MockServerConfig) error {
		host := net.JoinHostPort(server.Host, strconv.Itoa(server.Port))
		front := between(t, &url.URL{Scheme: "http", Host: host}, exchange)
		got := exchange.Call(t.Context(), target(t, pair, front))
		var named *reason.Error
		if got != nil && !errors.As(got, &named) {
			return got
		}
		if reason.Of(got) != exchange.Reason {
			t.Errorf("got %v, want reason %q", got, exchange.Reason)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// between puts in front of the mock what the exchange needs: TLS, without which
// the Kubernetes client presents no token, a proxy that loses the query, and
// the Docker engine's attached stream.
func between(t *testing.T, mock *url.URL, exchange contracts.Exchange) *httptest.Server {
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(mock)
		if exchange.DropsQuery {
			r.Out.URL.RawQuery = ""
		}
		if r.In.ContentLength > 0 && r.In.Header.Get("Content-Type") == "" {
			// The Vault client names no type and Vault takes JSON; a pact with
			// a body has one.
			r.Out.Header.Set("Content-Type", "application/json")
		}
	}}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path.Base(r.URL.Path) == "start" {
			attach(w, r, exchange.Reason)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	if strings.HasPrefix(fmt.Sprint(contracts.Example(exchange.Interactions[0].Request.Path)), "/api") {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server
}

func request(r contracts.Request) consumer.V4RequestBuilderFunc {
	return func(b *consumer.V4RequestBuilder) {
		for name, value := range r.Query {
			b.Query(name, matchers.S(value))
		}
		for name, value := range r.Header {
			b.Header(name, text(value))
		}
		if r.Body != nil {
			b.JSONBody(r.Body)
		}
	}
}

func response(r contracts.Response) consumer.V4ResponseBuilderFunc {
	return func(b *consumer.V4ResponseBuilder) {
		for name, value := range r.Header {
			b.Header(name, text(value))
		}
		switch {
		case r.Body != nil:
			b.JSONBody(r.Body)
		case r.Text != "":
			b.Body(fmt.Sprint(contracts.Example(r.Header["Content-Type"])), []byte(r.Text))
		}
	}
}

// text is a matcher for a path or a header.
func text(value any) matchers.Matcher {
	example, _ := contracts.Example(value).(string)
	if form := contracts.Form(value); form != "" {
		return matchers.Regex(example, form)
	}
	return matchers.S(example)
}
