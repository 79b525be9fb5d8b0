package upstream

import (
	"context"
	"net"
	"net/http"
	"strings"

	"github.com/containerd/errdefs"
	docker "github.com/moby/moby/client"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// Docker is a Docker API client for one check.
type Docker struct {
	api    *docker.Client
	dialer *dialer
	target string
	trace  *Trace
}

// OpenDocker makes the client; what it does and meets goes into trace. The library would do TLS by a path of its own
// for attached streams, which ignores the context and loses the certificate;
// it is therefore told to speak plain HTTP over connections that d secures.
func OpenDocker(cfg config.Docker, trace *Trace) (*Docker, error) {
	d := &dialer{endpoint: EndpointDocker}
	if cfg.TLS != nil {
		tlsConfig, expiry, err := clientTLS(cfg.TLS)
		if err != nil {
			return nil, err
		}
		d.tls = tlsConfig
		if !expiry.IsZero() {
			trace.Certificates = append(trace.Certificates, Certificate{Endpoint: EndpointDockerClient, NotAfter: expiry})
		}
	}
	transport := d.transport()
	if path, ok := strings.CutPrefix(cfg.Host, "unix://"); ok {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return d.dial(ctx, "unix", path) }
	}
	api, err := docker.New(
		docker.WithHost(cfg.Host),
		docker.WithHTTPClient(&http.Client{Transport: transport}),
		docker.WithScheme("http"),
	)
	if err != nil {
		return nil, reason.Errorf(reason.Config, "making a Docker client for %q", cfg.Host)
	}
	return &Docker{api: api, dialer: d, target: cfg.Host, trace: trace}, nil
}

// Close ends the client's connections and notes the certificate that it met.
func (c *Docker) Close() {
	_ = c.api.Close()
	c.dialer.note(c.trace)
}

// request runs one step, with Docker's and the network's errors given reasons.
func (c *Docker) request(ctx context.Context, op Operation, call func(context.Context) error) error {
	return c.trace.step(ctx, op, c.target, func(ctx context.Context) error {
		err := call(ctx)
		if ctx.Err() != nil && reason.Of(err) == reason.Internal {
			err = ctx.Err() // the library replaces a timeout by words of its own
		}
		return dockerError(c.dialer.explain(err))
	})
}

// dockerError gives an answer of the Docker API a reason.
func dockerError(err error) error {
	switch {
	case err == nil:
		return nil
	case reason.Of(err) != reason.Internal:
		return err
	case errdefs.IsNotFound(err):
		return reason.Errorf(reason.ContainerMissing, "got no such container")
	case errdefs.IsConflict(err):
		return reason.Errorf(reason.ContainerNotRunning, "got a container that cannot run commands now")
	case errdefs.IsPermissionDenied(err):
		return reason.Errorf(reason.Forbidden, "got a refusal")
	case errdefs.IsUnauthorized(err):
		return reason.Errorf(reason.Unauthorized, "got a refusal")
	case errdefs.IsInternal(err), errdefs.IsUnavailable(err):
		return reason.Errorf(reason.HTTP5xx, "got a failure of the engine")
	}
	return reason.Errorf(reason.MalformedResponse, "got a reply that is not the Docker API's")
}
