package upstream

import (
	"context"
	"io"
	"net/http"
	"strings"

	vault "github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// maxSnapshotBytes caps a snapshot, in bytes. A Vault's data fits in memory; a
// reply that is longer is not its snapshot.
const maxSnapshotBytes = 8 << 30

// Snapshot streams a snapshot of the Vault's raft storage to w. Whether it is
// whole is for the reader of w to verify: the stream itself may end early.
func (c *Vault) Snapshot(ctx context.Context, w io.Writer) error {
	return c.request(ctx, OpVaultSnapshot, func(ctx context.Context) error {
		// Not through the library, whose client caps replies at a size that
		// fits an answer, not a backup.
		url := strings.TrimSuffix(c.target, "/") + "/v1/sys/storage/raft/snapshot"
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return reason.Errorf(reason.Config, "making a request for %q", url)
		}
		req.Header = c.api.Headers()
		req.Header.Set("X-Vault-Token", c.api.Token())
		transport := c.dialer.transport()
		defer transport.CloseIdleConnections()
		reply, err := transport.RoundTrip(req.WithContext(withAsker(ctx)))
		if err != nil {
			return err
		}
		defer reply.Body.Close()
		if reply.StatusCode >= 300 && reply.StatusCode < 400 {
			return reason.Errorf(reason.Standby, "got status %d, a redirect", reply.StatusCode)
		}
		if reply.StatusCode != http.StatusOK {
			reply.Body = &cappedBody{ReadCloser: reply.Body, limits: objectLimits}
			if err := (&vault.Response{Response: reply}).Error(); err != nil {
				return err
			}
			return reason.Errorf(reason.HTTPUnexpected, "got status %d, want 200", reply.StatusCode)
		}
		written, err := io.Copy(w, io.LimitReader(reply.Body, maxSnapshotBytes+1))
		switch {
		case err != nil:
			return err
		case written > maxSnapshotBytes:
			return reason.Errorf(reason.Oversize, "got more than %d bytes", int64(maxSnapshotBytes))
		}
		return nil
	})
}
