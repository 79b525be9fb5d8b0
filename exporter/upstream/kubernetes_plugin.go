package upstream

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd/api"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// maxCredentialBytes caps what a credential plugin prints.
const maxCredentialBytes = 1 << 20

// credentialPlugin is the program with which a kubeconfig has its credentials
// made. client-go runs it without an end, in which a check would wait for a
// person at a browser, and lets it write to our streams.
type credentialPlugin struct {
	kubeconfig string
	config     *api.ExecConfig
	server     rest.Config
}

// execCredential is what a plugin is told and what it answers.
type execCredential struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Spec       map[string]any    `json:"spec"`
	Status     *credentialStatus `json:"status,omitempty"`
}

type credentialStatus struct {
	Token                 string `json:"token"`
	ClientCertificateData string `json:"clientCertificateData"`
	ClientKeyData         string `json:"clientKeyData"`
}

// takePlugin takes the plugin out of cfg, nil where there is none.
func takePlugin(cfg *rest.Config, kubeconfig string) *credentialPlugin {
	if cfg.ExecProvider == nil {
		return nil
	}
	p := &credentialPlugin{kubeconfig: kubeconfig, config: cfg.ExecProvider, server: *cfg}
	cfg.ExecProvider = nil
	return p
}

// authenticate has a credential made and puts it on req and on the connection.
// It is made for every request: what an earlier one was given is no proof that
// the next one can be made.
func (p *credentialPlugin) authenticate(ctx context.Context, req *http.Request, d *dialer) error {
	made, err := p.run(ctx)
	if err != nil {
		return err
	}
	if made.Token != "" {
		req.Header.Set("Authorization", "Bearer "+made.Token)
	}
	if made.ClientCertificateData == "" || d.tls == nil {
		return nil
	}
	pair, err := tls.X509KeyPair([]byte(made.ClientCertificateData), []byte(made.ClientKeyData))
	if err != nil {
		return p.failed(reason.Config, "got a client certificate that does not fit its key")
	}
	d.tls.Certificates = []tls.Certificate{pair}
	return nil
}

// failed says what is wrong without a word of the plugin's own, or its arguments.
func (p *credentialPlugin) failed(why reason.Reason, what string) error {
	return reason.Errorf(why, "running the credential plugin %q of the kubeconfig %q: %s", p.config.Command, p.kubeconfig, what)
}

func (p *credentialPlugin) run(ctx context.Context) (*credentialStatus, error) {
	if _, err := exec.LookPath(p.config.Command); err != nil { // also where there is no time left to start it
		return nil, p.failed(reason.Config, "it cannot be started")
	}
	told, _ := json.Marshal(execCredential{APIVersion: p.config.APIVersion, Kind: "ExecCredential", Spec: p.spec()}) // texts, and what is JSON already
	var printed bytes.Buffer
	cmd := exec.CommandContext(ctx, p.config.Command, p.config.Args...) // #nosec G204 -- the kubeconfig names it, as kubectl runs it
	cmd.Env = append(os.Environ(), "KUBERNETES_EXEC_INFO="+string(told))
	for _, variable := range p.config.Env {
		cmd.Env = append(cmd.Env, variable.Name+"="+variable.Value)
	}
	cmd.Stdout = &cappedWriter{to: &printed, left: maxCredentialBytes}
	cmd.WaitDelay = time.Second / 10 // for what a child of the plugin keeps open
	inOwnGroup(cmd)
	var exit *exec.ExitError
	switch err := cmd.Run(); {
	case ctx.Err() != nil:
		return nil, p.failed(reason.Of(ctx.Err()), "it did not end in time")
	case errors.As(err, &exit):
		return nil, p.failed(reason.Config, "it failed")
	case errors.Is(err, exec.ErrWaitDelay): // it ended and left its output open
	case errors.Is(err, io.ErrShortWrite):
		return nil, p.failed(reason.Config, "it printed too much")
	case err != nil:
		return nil, p.failed(reason.Config, "it cannot be started")
	}
	var answer execCredential
	defer clear(printed.Bytes())
	switch err := json.Unmarshal(printed.Bytes(), &answer); {
	case err != nil, answer.Kind != "ExecCredential", answer.Status == nil,
		answer.Status.Token == "" && answer.Status.ClientCertificateData == "":
		return nil, p.failed(reason.Config, "it printed something else than a credential")
	case answer.APIVersion != p.config.APIVersion:
		return nil, p.failed(reason.Config, "it printed a credential of another version than apiVersion says")
	}
	return answer.Status, nil
}

// spec is what the plugin is told. No person is there to answer it.
func (p *credentialPlugin) spec() map[string]any {
	spec := map[string]any{"interactive": false}
	if p.config.ProvideClusterInfo {
		spec["cluster"] = map[string]any{
			"server": p.server.Host, "tls-server-name": p.server.ServerName, "insecure-skip-tls-verify": p.server.Insecure,
			"certificate-authority-data": p.server.CAData, "config": p.config.Config,
		}
	}
	return spec
}

// cappedWriter refuses more than it has left.
type cappedWriter struct {
	to   io.Writer
	left int
}

// Write implements io.Writer.
func (w *cappedWriter) Write(b []byte) (int, error) {
	if w.left -= len(b); w.left < 0 {
		return 0, io.ErrShortWrite
	}
	return w.to.Write(b)
}
