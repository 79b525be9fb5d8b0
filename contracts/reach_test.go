//go:build pact

package contracts_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

const exampleID = "0000000000000000000000000000000000000000000000000000000000000000"

// accessTo is the access to an address over TLS, as its users are configured.
func accessTo(address string, files *config.TLS) (access, error) {
	base, err := url.Parse(address)
	if err != nil {
		return access{}, err
	}
	if base.Scheme == "unix" {
		path := base.Path
		return access{base: &url.URL{Scheme: "http", Host: "docker"}, transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "unix", path)
			},
		}}, nil
	}
	transport := &http.Transport{}
	if files != nil {
		base.Scheme = "https"
		pem, err := os.ReadFile(files.CAFile)
		if err != nil {
			return access{}, err
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool(), ServerName: files.ServerName}
		transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem)
		if files.CertFile != "" {
			pair, err := tls.LoadX509KeyPair(files.CertFile, files.KeyFile)
			if err != nil {
				return access{}, err
			}
			transport.TLSClientConfig.Certificates = []tls.Certificate{pair}
		}
	}
	return access{base: base, transport: transport}, nil
}

// accessToKubernetes is the access that a kubeconfig gives, with its token in
// the place of the example.
func accessToKubernetes(kubeconfig string) (access, error) {
	cfg, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return access{}, err
	}
	bearer := cfg.BearerToken
	if bearer != "" {
		// A client certificate would count for more than the token.
		cfg = rest.AnonymousClientConfig(cfg)
	}
	transport, err := rest.TransportFor(cfg)
	if err != nil {
		return access{}, err
	}
	base, err := url.Parse(cfg.Host)
	to := access{base: base, transport: transport}
	if bearer != "" {
		to.header = map[string]string{"Authorization": "Bearer " + bearer}
	}
	return to, err
}

// anonymously is the access without any credentials, for those of a state.
func anonymously(kubeconfig string) (access, error) {
	cfg, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return access{}, err
	}
	transport, err := rest.TransportFor(rest.AnonymousClientConfig(cfg))
	if err != nil {
		return access{}, err
	}
	base, err := url.Parse(cfg.Host)
	return access{base: base, transport: transport}, err
}

// docker starts the command whose end a state is about.
func (h *demoHome) docker(ctx context.Context, state contracts.State) (access, error) {
	cfg := *h.flow.NAS.Docker
	to, err := accessTo(cfg.Host, cfg.TLS)
	if err != nil {
		return access{}, err
	}
	return withExec(ctx, to, cfg, state)
}

// withExec runs the command whose end the state is about, and replaces the
// example of its id.
func withExec(ctx context.Context, to access, cfg config.Docker, state contracts.State) (access, error) {
	file := map[contracts.State]string{contracts.ExecSucceeded: cfg.TokenFile, contracts.ExecFailed: "/does/not/exist"}[state]
	to.path = map[string]string{"/containers/qnap-k3s/": "/containers/" + cfg.Container + "/"}
	if file == "" {
		return to, nil
	}
	var created struct{ ID string }
	err := to.call(ctx, http.MethodPost, "/v1.41/containers/"+cfg.Container+"/exec", map[string]any{
		"Cmd": []string{"cat", file}, "User": cfg.User, "AttachStdout": true, "AttachStderr": true,
	}, &created)
	if err != nil {
		return to, err
	}
	if err := to.call(ctx, http.MethodPost, "/v1.41/exec/"+created.ID+"/start", map[string]any{"Detach": true}, nil); err != nil {
		return to, err
	}
	to.path[exampleID] = created.ID
	for {
		var state struct {
			Running  bool
			ExitCode *int
		}
		if err := to.call(ctx, http.MethodGet, "/v1.41/exec/"+created.ID+"/json", nil, &state); err != nil {
			return to, err
		}
		if !state.Running && state.ExitCode != nil {
			return to, nil
		}
		select {
		case <-ctx.Done():
			return to, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// encrypted is a canary that the provider's unseal key encrypted.
func (a access) encrypted(ctx context.Context) (string, error) {
	var sealed struct{ Data struct{ Ciphertext string } }
	err := a.call(ctx, http.MethodPost, "/v1/transit/encrypt/autounseal", map[string]string{
		"plaintext": base64.StdEncoding.EncodeToString([]byte(upstream.TransitCanary)),
	}, &sealed)
	return sealed.Data.Ciphertext, err
}

// call makes one request of our own, with a JSON body.
func (a access) call(ctx context.Context, method, path string, body, out any) error {
	var encoded []byte
	if body != nil {
		var err error
		if encoded, err = json.Marshal(body); err != nil {
			return err
		}
	}
	return a.send(ctx, method, path, "application/json", encoded, out)
}

func (a access) send(ctx context.Context, method, path, media string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(a.base.String(), "/")+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", media)
	for name, value := range a.header {
		req.Header.Set(name, value)
	}
	reply, err := a.transport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if reply.StatusCode >= 300 {
		return &statusError{method, path, reply.StatusCode}
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(reply.Body).Decode(out)
}

// statusError is a refusal of a request of our own.
type statusError struct {
	method, path string
	status       int
}

// Error implements error.
func (e *statusError) Error() string {
	return fmt.Sprintf("calling %s %q: got status %d", e.method, e.path, e.status)
}
