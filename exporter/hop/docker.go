package hop

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

// dockerClient is a Docker API client for one check.
type dockerClient struct {
	api    *docker.Client
	dialer *dialer
	target string
}

// openDocker makes the client. The library would do TLS by a path of its own
// for attached streams, which ignores the context and loses the certificate;
// it is therefore told to speak plain HTTP over connections that d secures.
func openDocker(cfg config.Docker, r *Reading) (*dockerClient, error) {
	d := &dialer{endpoint: EndpointDocker}
	if cfg.TLS != nil {
		tlsConfig, expiry, err := clientTLS(cfg.TLS)
		if err != nil {
			return nil, err
		}
		d.tls = tlsConfig
		if !expiry.IsZero() {
			r.Certificates = append(r.Certificates, Certificate{Endpoint: EndpointDockerClient, NotAfter: expiry})
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
	return &dockerClient{api: api, dialer: d, target: cfg.Host}, nil
}

func (c *dockerClient) close(r *Reading) {
	_ = c.api.Close()
	c.dialer.note(r)
}

// request runs one step, with Docker's and the network's errors given reasons.
func (c *dockerClient) request(ctx context.Context, r *Reading, operation string, call func(context.Context) error) error {
	return r.step(ctx, operation, c.target, func(ctx context.Context) error {
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
