package upstream

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// The versions of the Docker API that are spoken, as 1.N: the oldest that has
// all that is asked for, of Docker 1.10, and the newest that it was tried with.
const oldestDocker, newestDocker = 22, 55

// Docker is a Docker API client for one check. The engines of a NAS are older
// than what Docker's own client speaks, and of the API four requests are used.
type Docker struct {
	http    *http.Client
	dialer  *dialer
	base    *url.URL
	version string   // of the API, once it was asked for
	execs   []string // that the container had when it was inspected
	target  string
	trace   *Trace
}

// OpenDocker makes the client; what it does and meets goes into trace.
func OpenDocker(cfg config.Docker, trace *Trace) (*Docker, error) {
	base, err := url.Parse(cfg.Host)
	if err != nil {
		return nil, reason.Errorf(reason.Config, "making a Docker client for %q", cfg.Host)
	}
	d := &dialer{endpoint: EndpointDocker}
	if base.Scheme == "unix" {
		d.socket, base = base.Path, &url.URL{Host: "docker"}
	}
	base.Scheme = "http"
	if cfg.TLS != nil {
		own, err := filesOf(cfg.TLS).client()
		if err != nil {
			return nil, err
		}
		d.tls, d.chain, base.Scheme = own.config, &chain{}, "https"
		if !own.expiry.IsZero() {
			trace.Certificates = append(trace.Certificates, Certificate{Endpoint: EndpointDockerClient, NotAfter: own.expiry})
		}
	}
	client := &http.Client{Transport: guard{next: transport{over: fresh, dialer: d}, redirected: reason.Redirected}}
	return &Docker{http: client, dialer: d, base: base, target: cfg.Host, trace: trace}, nil
}

// Close notes the certificate that the client met.
func (c *Docker) Close() { c.dialer.note(c.trace) }

// request runs one step.
func (c *Docker) request(ctx context.Context, op Operation, call func(context.Context) error) error {
	return c.trace.step(ctx, op, c.target, call)
}

// ask makes one request and decodes the reply into out.
func (c *Docker) ask(ctx context.Context, r Request, out any) error {
	reply, err := c.send(ctx, r, nil)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK && reply.StatusCode != http.StatusCreated {
		return dockerRefusal(reply)
	}
	return decode(reply, out)
}

// send makes one request in the version that was agreed on, with header.
func (c *Docker) send(ctx context.Context, r Request, header http.Header) (*http.Response, error) {
	req, err := r.to(ctx, c.base.JoinPath(c.version, r.Path).String()) // #nosec G125 -- names are checked with the configuration, identifiers here
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	reply, err := c.http.Do(req)
	if err != nil {
		return nil, c.dialer.explain(err)
	}
	return reply, nil
}

var dockerVersion = regexp.MustCompile(`^1\.([0-9]{1,3})$`)

// negotiate finds the version that both sides speak. Engines before 1.25 say
// theirs in a reply of its own only.
func (c *Docker) negotiate(ctx context.Context) error {
	reply, err := c.send(ctx, Request{Method: http.MethodGet, Path: "/_ping"}, nil)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return dockerRefusal(reply)
	}
	said := struct{ APIVersion string }{reply.Header.Get("Api-Version")}
	if said.APIVersion == "" {
		if err := c.ask(ctx, Request{Method: http.MethodGet, Path: "/version"}, &said); err != nil {
			return err
		}
	}
	match := dockerVersion.FindStringSubmatch(said.APIVersion)
	if match == nil {
		return reason.Errorf(reason.MalformedResponse, "got no version of the Docker API")
	}
	minor, _ := strconv.Atoi(match[1])
	if minor < oldestDocker {
		return reason.Errorf(reason.EngineTooOld, "got an engine with version 1.%d of the Docker API, want 1.%d", minor, oldestDocker)
	}
	c.version = "/v1." + strconv.Itoa(min(minor, newestDocker))
	return nil
}

// dockerRefusal gives an answer with the status of an error a reason. It reads
// the engine's message, which is plain text before 1.24, and drops it.
func dockerRefusal(reply *http.Response) error {
	raw, err := io.ReadAll(io.LimitReader(reply.Body, 16<<10))
	if err != nil {
		return err
	}
	var engine struct{ Message string }
	isEngine := json.Unmarshal(raw, &engine) == nil && engine.Message != ""
	says := func(words string) bool { return strings.Contains(string(raw), words) }
	why := reason.MalformedResponse
	switch status := reply.StatusCode; {
	case status == http.StatusUnauthorized:
		why = reason.Unauthorized
	case status == http.StatusForbidden:
		why = reason.Forbidden
	case status == http.StatusTooManyRequests:
		why = reason.RateLimited
	case status == http.StatusConflict && says("is paused"):
		why = reason.ContainerPaused
	case status == http.StatusConflict:
		why = reason.ContainerNotRunning
	case status == http.StatusNotFound && says("o such "): // container, or exec instance
		why = reason.ContainerMissing
	case says("OCI runtime exec failed"):
		why = reason.ExecFailed
	case status >= 500:
		why = reason.HTTP5xx
	case isEngine && status != http.StatusNotFound:
		why = reason.HTTPUnexpected
	}
	return reason.Errorf(why, "got status %d, want 200", reply.StatusCode)
}
