package upstream

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"net/url"
	"strconv"
	"sync/atomic"

	"k8s.io/client-go/rest"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// KubernetesServer is the Kubernetes API of a flow. Its kubeconfig is read anew for
// each check, so that no credential is kept and whatever changes there counts at once.
type KubernetesServer struct {
	Config   config.Kubernetes
	session  *session
	sessions *Sessions
	ended    atomic.Bool
}

// MainCluster is the cluster whose applications get the token.
func MainCluster(cfg config.Kubernetes) *KubernetesServer { return &KubernetesServer{Config: cfg} }

// Reuse has the checks leave their connections to the next ones, up to End or a
// check that is Cold, and to those of other flows that share these sessions and name
// the same kubeconfig. Call it before the first check, and send nothing but GETs
// then: what fails on a used connection is sent twice.
func (s *KubernetesServer) Reuse(sessions *Sessions) {
	s.sessions, s.session = sessions, sessions.join(kubernetesAsker{s.Config.Kubeconfig})
}

// Open makes the client of one check; what it does and meets goes into trace.
func (s *KubernetesServer) Open(ctx context.Context, trace *Trace) (*Kubernetes, error) {
	cfg := s.Config
	restConfig, err := kubeConfig(cfg.Kubeconfig)
	if err != nil {
		return nil, err
	}
	plugin := takePlugin(restConfig, cfg.Kubeconfig)
	tlsConfig, err := rest.TLSConfigFor(restConfig)
	if err != nil {
		return nil, reason.Errorf(reason.Config, "reading the certificates of the kubeconfig %q", cfg.Kubeconfig)
	}
	base, _, err := rest.DefaultServerUrlFor(restConfig)
	if err != nil {
		return nil, reason.Errorf(reason.Config, "reading the server's address in the kubeconfig %q", cfg.Kubeconfig)
	}
	if base.User != nil || base.RawQuery != "" {
		return nil, reason.Errorf(reason.Config, "reading the server's address in the kubeconfig %q: got a user or a query in it, want credentials under users", cfg.Kubeconfig)
	}
	switch {
	case base.Scheme != "https":
		tlsConfig = nil
	case tlsConfig == nil: // client-go leaves what needs no setting to net/http
		tlsConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	behind := &guard{redirected: reason.Redirected}
	authenticated, err := rest.HTTPWrappersForConfig(restConfig, behind)
	if err != nil {
		return nil, reason.Errorf(reason.Config, "reading the credentials of the kubeconfig %q", cfg.Kubeconfig)
	}
	d := &dialer{endpoint: EndpointKubernetes, tls: tlsConfig, chain: &chain{}}
	var open *connections
	if plugin == nil { // one may bring another certificate for each request
		open = s.session.begin(ctx, spokenWith(base, restConfig.TLSClientConfig))
	}
	behind.next = open.transport(d)
	return &Kubernetes{
		http: authenticated, dialer: d, plugin: plugin, base: base, namespace: cfg.Namespace,
		session: s.session, open: open, trace: trace,
	}, nil
}

// End closes what checks left open.
func (s *KubernetesServer) End(context.Context) {
	if s.session == nil || s.ended.Swap(true) || !s.sessions.leave(kubernetesAsker{s.Config.Kubeconfig}) {
		return
	}
	s.session.end()
}

// spokenWith tells a server, and what TLS is spoken with there, from any other: by
// what is in the files and not by their names.
func spokenWith(base *url.URL, with rest.TLSClientConfig) [sha256.Size]byte {
	return digestOf(
		[]byte(base.Scheme), []byte(base.Host), []byte(with.ServerName), strconv.AppendBool(nil, with.Insecure),
		with.CAData, with.CertData, with.KeyData,
	)
}
