package contracts_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

func sprint(verb string, value any) string { return fmt.Sprintf(verb, value) }

// responder is a server whose next answer is set by the test.
type responder struct {
	*httptest.Server
	status      int
	contentType string
	body        string
}

func newResponder(t testing.TB) *responder {
	r := &responder{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", r.contentType)
		w.WriteHeader(r.status)
		_, _ = w.Write([]byte(r.body))
	}))
	t.Cleanup(r.Close)
	return r
}

// readKV reads the token of a KV secret from the responder.
func (r *responder) readKV() (string, error) {
	client, err := upstream.OpenVault(config.Vault{Address: r.URL}, upstream.EndpointNASVault, &upstream.Trace{})
	if err != nil {
		return "", err
	}
	defer client.Close()
	found, _, err := client.ReadToken(context.Background(), config.KV{Mount: "secret", Path: "tokens/root", Field: "token"})
	return found.Reveal(), err
}

// lookup asks the responder about a token.
func (r *responder) lookup() error {
	client, err := upstream.OpenVault(config.Vault{Address: r.URL}, upstream.EndpointNASVault, &upstream.Trace{})
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = client.LookupSelf(context.Background())
	return err
}

// health asks the responder for its health.
func (r *responder) health() error {
	client, err := upstream.OpenVault(config.Vault{Address: r.URL}, upstream.EndpointNASVault, &upstream.Trace{})
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = client.Health(context.Background())
	return err
}

// secretCheck reads a Secret from the responder.
func (r *responder) secretCheck(t testing.TB) hop.Check {
	path := filepath.Join(t.TempDir(), "kubeconfig")
	content := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"c","clusters":[{"name":"c","cluster":{"server":%q}}],"contexts":[{"name":"c","context":{"cluster":"c"}}]}`, r.URL)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return hop.K8sSecret(upstream.MainCluster(config.Kubernetes{Kubeconfig: path, Namespace: "n", Secret: &config.Secret{Name: "s", Keys: []string{"token", "QNAP_VAULT_TOKEN"}}}))
}

// statuses are those that Vault, Kubernetes and what stands before them send.
func statuses() gopter.Gen {
	return gen.OneConstOf(200, 200, 200, 299, 400, 401, 403, 404, 409, 429, 472, 473, 500, 501, 502, 503, 504, 530)
}

// bodies are replies: of the right form with anything in it, of a form that is
// nearly right, and anything.
func bodies() gopter.Gen {
	forms := []string{
		`{"data":{"data":{"token":%s},"metadata":{"version":3,"created_time":"2026-01-02T03:04:05Z","deletion_time":"","destroyed":false}}}`,
		`{"data":{"data":null,"metadata":{"version":3,"deletion_time":"2026-01-02T03:04:05Z","destroyed":false}}}`,
		`{"data":{"data":null,"metadata":{"version":3,"deletion_time":"","destroyed":true}}}`,
		`{"data":{"token":%s}}`, `{"data":null}`, `{"data":[%s]}`, `{"data":{"data":%s}}`, `{"data":{"data":{"token":%s},"metadata":null}}`,
		`{"data":{"data":{"token":{"x":%s}},"metadata":{"version":"a"}}}`,
		`{"errors":[%s]}`, `{"errors":null}`, `{"errors":%s}`, `{"errors":["Vault is sealed",%s]}`, `{"errors":["1 error occurred:\n\t* permission denied\n\n"]}`,
		`{"data":{"ttl":0,"expire_time":null,"policies":["root"],"x":%s}}`, `{"data":{"ttl":1,"expire_time":%s,"policies":["a"]}}`, `{"data":{"ttl":1,"policies":%s}}`,
		`{"initialized":true,"sealed":false,"standby":false,"version":%s}`, `{"initialized":%s}`, `{"initialized":true,"sealed":true,"version":"1.0.0"}`,
		`{"data":{"token":%[1]s,"QNAP_VAULT_TOKEN":%[1]s}}`, `{"kind":"Status","message":%s}`, `%s`, `[%s]`, `null`, ``, `{`, `<html>%s</html>`,
	}
	form := make([]any, len(forms))
	for i, f := range forms {
		form[i] = f
	}
	return gopter.CombineGens(gen.OneConstOf(form...), texts(), gen.Bool()).Map(func(parts []any) string {
		text := parts[1].(string)
		if parts[2].(bool) {
			text = base64.StdEncoding.EncodeToString([]byte(text))
		}
		value, _ := json.Marshal(text)
		if strings.Contains(parts[0].(string), "%") {
			return fmt.Sprintf(parts[0].(string), value)
		}
		return parts[0].(string)
	})
}

func TestRepliesAreClassifiedAndNeverQuoted(t *testing.T) {
	r := newResponder(t)
	secret := r.secretCheck(t)
	check(t, 800, prop.ForAll(func(status int, media, body string) string {
		r.status, r.contentType, r.body = status, media, body
		found, err := r.readKV()
		if err == nil && (judge(found) != "" || status >= 400 && status != 404) {
			return "took a reply that holds no token"
		}
		_, secretErr := secret(context.Background())
		for _, err := range []error{err, r.lookup(), r.health(), secretErr} {
			if wrong := classified(err); wrong != "" {
				return wrong
			}
		}
		return ""
	}, statuses(), gen.OneConstOf("application/json", "text/html", ""), bodies()))
}

func TestASecretIsTakenOnlyWhereAllKeysHoldOneToken(t *testing.T) {
	r := newResponder(t)
	secret := r.secretCheck(t)
	values := gen.OneConstOf("", "hvs."+canary, "hvs."+canary+"\n", "hvs.other"+canary, "sentence "+canary)
	check(t, 500, prop.ForAll(func(first, second string, drop bool) string {
		data := map[string][]byte{"token": []byte(first), "QNAP_VAULT_TOKEN": []byte(second)}
		if drop {
			delete(data, "QNAP_VAULT_TOKEN")
		}
		body, _ := json.Marshal(map[string]any{"data": data})
		r.status, r.contentType, r.body = 200, "application/json", string(body)
		_, err := secret(context.Background())
		want := judge(first)
		switch {
		case want != "":
		case drop:
			want = reason.KeyMissing
		case judge(second) != "":
			want = judge(second)
		case strings.TrimSpace(first) != strings.TrimSpace(second):
			want = reason.Mismatch
		case strings.HasSuffix(first, "\n") || strings.HasSuffix(second, "\n"):
			want = reason.Padded
		}
		if reason.Of(err) != want {
			return fmt.Sprintf("got %v, want reason %q", err, want)
		}
		return classified(err)
	}, values, values, gen.Bool()))
}
