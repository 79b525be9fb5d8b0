package upstream

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// Kubernetes reads single objects of the Kubernetes API for one check. It uses
// client-go for what is hard, finding and presenting credentials, and plain
// GETs for the rest: the typed clients cost more memory than all hops together.
type Kubernetes struct {
	http      *http.Client
	dialer    *dialer
	base      *url.URL
	namespace string
	trace     *Trace
}

// OpenKubernetes makes the client; what it does and meets goes into trace.
func OpenKubernetes(cfg config.Kubernetes, trace *Trace) (*Kubernetes, error) {
	restConfig, err := kubeConfig(cfg.Kubeconfig)
	if err != nil {
		return nil, err
	}
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
	d := &dialer{endpoint: EndpointKubernetes, tls: tlsConfig}
	authenticated, err := rest.HTTPWrappersForConfig(restConfig, guard{next: d.transport(), redirected: reason.HTTPUnexpected})
	if err != nil {
		return nil, reason.Errorf(reason.Config, "reading the credentials of the kubeconfig %q", cfg.Kubeconfig)
	}
	return &Kubernetes{http: &http.Client{Transport: authenticated}, dialer: d, base: base, namespace: cfg.Namespace, trace: trace}, nil
}

func kubeConfig(path string) (*rest.Config, error) {
	if path == "" {
		cfg, err := rest.InClusterConfig()
		if err != nil {
			return nil, reason.Errorf(reason.Config, "reading the pod's own ServiceAccount: there is none here; name a kubeconfig")
		}
		return cfg, nil
	}
	cfg, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		return nil, reason.Errorf(reason.Config, "reading the kubeconfig %q", path)
	}
	return cfg, nil
}

// Close ends the client's connections and notes the certificate that it met.
func (c *Kubernetes) Close() {
	c.http.CloseIdleConnections()
	c.dialer.note(c.trace)
}

// Get reads one object, or list, into out. group is "api/v1" or
// "apis/GROUP/VERSION"; name is empty for a list.
func (c *Kubernetes) Get(ctx context.Context, group, resource, name string, out any) error {
	op := OpK8sGet
	if name == "" {
		op = OpK8sList
	}
	return c.Call(ctx, op, Request{Method: http.MethodGet, Path: c.Path(group, resource, name), Accept: "application/json"}, out)
}

// Path returns the path of an object, or list, in the client's namespace.
func (c *Kubernetes) Path(group, resource, name string) string {
	return (&url.URL{}).JoinPath(group, "namespaces", c.namespace, resource, name).String()
}

// Call makes one request and decodes the reply into out.
func (c *Kubernetes) Call(ctx context.Context, op Operation, r Request, out any) error {
	target := c.base.JoinPath(r.Path)
	// A path in the kubeconfig's address is a gateway's, and none of the page's business.
	shown := (&url.URL{Scheme: c.base.Scheme, Host: c.base.Host}).JoinPath(r.Path).String()
	return c.trace.step(ctx, op, shown, func(ctx context.Context) error {
		req, err := r.to(ctx, target.String())
		if err != nil {
			return err
		}
		reply, err := c.http.Do(req)
		if err != nil {
			return c.dialer.explain(err)
		}
		defer reply.Body.Close()
		if reply.StatusCode != http.StatusOK && reply.StatusCode != http.StatusCreated {
			refused := reason.Errorf(kubeReason(reply.StatusCode), "got status %d, want 200", reply.StatusCode)
			return r.judge(Refusal{Status: reply.StatusCode}, refused)
		}
		if !strings.HasPrefix(reply.Header.Get("Content-Type"), "application/json") {
			return reason.Errorf(reason.MalformedResponse, "got a reply that is not JSON")
		}
		return decode(reply, out)
	})
}

// decode tells a reply that was cut off from one that never was JSON.
func decode(reply *http.Response, out any) error {
	err := json.NewDecoder(reply.Body).Decode(out)
	if err != nil && reason.Of(err) == reason.Internal {
		return reason.Errorf(reason.MalformedResponse, "got a reply that is not the object's JSON")
	}
	return err
}

func kubeReason(status int) reason.Reason {
	switch {
	case status == http.StatusUnauthorized:
		return reason.Unauthorized
	case status == http.StatusForbidden:
		return reason.Forbidden
	case status == http.StatusNotFound:
		return reason.NotFound
	case status == http.StatusTooManyRequests:
		return reason.RateLimited
	case status >= 500:
		return reason.HTTP5xx
	}
	return reason.HTTPUnexpected
}
