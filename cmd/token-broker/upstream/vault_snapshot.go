package upstream

import (
	"context"
	"io"
)

// maxSnapshotBytes caps a snapshot, in bytes. A Vault's data fits in memory; a
// reply that is longer is not its snapshot.
const maxSnapshotBytes = 8 << 30

// Snapshot streams a snapshot of the Vault's raft storage to w. Whether it is
// whole is for the reader of w to verify: the stream itself may end early.
func (c Vault) Snapshot(ctx context.Context, w io.Writer) error {
	return c.Download(ctx, opVaultSnapshot, "sys/storage/raft/snapshot", w, maxSnapshotBytes)
}
