//go:build pact && e2e

package contracts_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// What the server's program is called. OpenBao's images have it by both names.
const (
	programOpenBao = "bao"
	programVault   = "vault"
)

// recognize finds out which product an image holds, by the program that is in
// it: what the image is called is anybody's choice, and OpenBao's health has told
// it from Vault's since 2.6 only. The engine refuses to start what is not there.
func (s *spares) recognize(ctx context.Context) error {
	name := "spare-program" + s.suffix
	err := s.create(ctx, name, map[string]any{
		"Image": s.image, "Labels": s.labels, "Entrypoint": []string{programOpenBao}, "Cmd": []string{"version"},
		"HostConfig": map[string]any{"NetworkMode": "none"},
	})
	if err != nil {
		return err
	}
	s.program = programOpenBao
	err = s.docker.call(ctx, http.MethodPost, "/v1.41/containers/"+name+"/start", nil, nil)
	if refused := new(statusError); errors.As(err, &refused) {
		s.program = programVault
		return nil
	}
	return err
}

// TestImageTellsItsProduct: an image of OpenBao that was named otherwise was
// started as a Vault, and one from before 2.6 was verified as one.
func TestImageTellsItsProduct(t *testing.T) {
	for _, test := range []struct {
		has  []string
		want string
	}{
		{[]string{"vault"}, programVault},
		{[]string{"bao", "vault"}, programOpenBao},
		{[]string{"bao"}, programOpenBao},
	} {
		t.Run(strings.Join(test.has, " and "), func(t *testing.T) {
			var asked string
			engine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var settings struct{ Entrypoint []string }
				switch {
				case strings.HasSuffix(r.URL.Path, "/containers/create"):
					if err := json.NewDecoder(r.Body).Decode(&settings); err != nil {
						t.Error(err)
					}
					asked = settings.Entrypoint[0]
				case strings.HasSuffix(r.URL.Path, "/start") && !slices.Contains(test.has, asked):
					w.WriteHeader(http.StatusBadRequest)
				}
			}))
			defer engine.Close()
			base, err := url.Parse(engine.URL)
			if err != nil {
				t.Fatal(err)
			}
			s := spares{docker: access{base: base, transport: http.DefaultTransport}, image: "mirror.example/team/secrets:1"}
			if err := s.recognize(t.Context()); err != nil || s.program != test.want {
				t.Errorf("got program %q and error %v, want %q", s.program, err, test.want)
			}
			if !slices.Equal(s.started, []string{"spare-program"}) {
				t.Errorf("got containers %q to remove, want that of the question", s.started)
			}
		})
	}
}
