# Takes snapshots. To restore one is another capability, on purpose not here.
path "sys/storage/raft/snapshot" {
  capabilities = ["read"]
}
