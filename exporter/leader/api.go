package leader

import (
	"context"
	"net/http"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// The requests.
var (
	opGet   = upstream.Operation{Name: "lease_get", Doing: "getting the Lease"}
	opWrite = upstream.Operation{Name: "lease_write", Doing: "writing the Lease"}
)

// api is the one Lease at the Kubernetes API. A client is made for each round,
// because the credentials may have changed.
type api struct {
	kubernetes config.Kubernetes
	name       string
}

func (a api) open() (*upstream.Kubernetes, error) {
	return upstream.OpenKubernetes(a.kubernetes, &upstream.Trace{})
}

// get reads the Lease, a new one where there is none.
func (a api) get(ctx context.Context, client *upstream.Kubernetes) (lease, error) {
	l := lease{name: a.name}
	err := client.Call(ctx, opGet, upstream.Request{Method: http.MethodGet, Path: client.Path(group, "leases", a.name), Accept: "application/json"}, &l)
	if reason.Of(err) == reason.NotFound {
		return newLease(a.kubernetes.Namespace, a.name), nil
	}
	return l, err
}

// errFaster is that somebody else has written the Lease since it was read. That is how
// an election goes; the next look says who.
var errFaster = reason.Errorf(reason.HTTPUnexpected, "writing the Lease: got status 409: somebody else has written it in between")

// write makes the Lease, or replaces it if it is still what it was read as; else its
// error is errFaster.
func (a api) write(ctx context.Context, client *upstream.Kubernetes, l lease) error {
	faster := false
	request := upstream.Request{
		Method: http.MethodPost, Path: client.Path(group, "leases", ""), Accept: "application/json", Body: l,
		Judge: func(refused upstream.Refusal) error {
			faster = refused.Status == http.StatusConflict
			return nil
		},
	}
	if l.version != "" {
		request.Method, request.Path = http.MethodPut, client.Path(group, "leases", a.name)
	}
	got := lease{name: a.name}
	err := client.Call(ctx, opWrite, request, &got)
	switch {
	case faster:
		return errFaster
	case err != nil:
		return err
	}
	if got.record.Holder != l.record.Holder {
		return reason.Errorf(reason.MalformedResponse, "writing the Lease %q: got another holder than was written", a.name)
	}
	return nil
}
