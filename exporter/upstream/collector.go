package upstream

import (
	"net/http"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// CollectorClient returns a client for the collector of spans, behind the same
// guard as the flow's servers: it goes where it is told to and nowhere else, and
// takes no more than a reply. It may go through a proxy, which they may not.
func CollectorClient(files *config.TLS, timeout time.Duration) (*http.Client, error) {
	client, err := filesOf(files).client()
	if err != nil {
		return nil, err
	}
	over := newTransport()
	over.DialContext, over.DialTLSContext = nil, nil
	over.Proxy, over.TLSClientConfig = http.ProxyFromEnvironment, client.config
	next := transport{over: over, dialer: &dialer{}}
	return &http.Client{Transport: guard{next: next, redirected: reason.Redirected}, Timeout: timeout}, nil
}
