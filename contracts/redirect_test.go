//go:build pact

package contracts_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"

	"homelab.io/vault-health-exporter/contracts"
)

// replayRedirect verifies one interaction that is answered with a redirect. The
// verifier of pact-go would follow it, to another machine even, and see the
// answer from there.
func replayRedirect(t *testing.T, h home, pair contracts.Pair, description string) {
	interaction, err := pair.Find(description)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), stateTimeout)
	defer cancel()
	to, leave, err := h.enter(ctx, pair, interaction.State)
	defer func() {
		if err := leave(); err != nil {
			t.Errorf("leaving the state %q: %v", interaction.State, err)
		}
	}()
	if err != nil {
		t.Fatalf("entering the state %q: %v", interaction.State, err)
	}
	asked, query := interaction.Request, url.Values{}
	for name, value := range asked.Query {
		query.Set(name, value)
	}
	address := url.URL{Path: contracts.Example(asked.Path).(string), RawQuery: query.Encode()}
	request := httptest.NewRequestWithContext(ctx, asked.Method, address.String(), nil)
	for name, value := range asked.Header {
		request.Header.Set(name, contracts.Example(value).(string))
	}
	got := httptest.NewRecorder()
	to.ServeHTTP(got, request)
	if want := interaction.Response.Status; got.Code != want {
		t.Errorf("got status %d, want %d", got.Code, want)
	}
	for name, want := range interaction.Response.Header {
		form := contracts.Form(want)
		if form == "" {
			form = "^" + regexp.QuoteMeta(fmt.Sprint(want)) + "$"
		}
		if found := got.Header().Get(name); !regexp.MustCompile(form).MatchString(found) {
			t.Errorf("got header %s %q, want the form %s", name, found, form)
		}
	}
	if got.Body.Len() > 0 {
		t.Errorf("got a body of %d bytes, want none", got.Body.Len())
	}
}
