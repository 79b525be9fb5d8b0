package homelab

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
)

// snapshot answers sys/storage/raft/snapshot with an archive of Vault's form. Its
// state is a list of the secrets' paths, each behind its length, as entries are.
func (v *vaultNode) snapshot(r *http.Request, _ string, _ []byte) reply {
	if r.Method != http.MethodGet {
		return unsupported()
	}
	var state []byte
	for path := range v.kv {
		state = append(binary.AppendUvarint(state, uint64(len(path))), path...)
	}
	meta := fmt.Appendf(nil, `{"Version":1,"ID":"bolt-snapshot","Size":%d}`, len(state))
	sums := fmt.Appendf(nil, "%x  meta.json\n%x  state.bin\n", sha256.Sum256(meta), sha256.Sum256(state))
	var out bytes.Buffer // which takes everything, so nothing below fails
	compressed := gzip.NewWriter(&out)
	files := tar.NewWriter(compressed)
	for _, file := range []struct {
		name    string
		content []byte
	}{{"meta.json", meta}, {"state.bin", state}, {"SHA256SUMS", sums}, {"SHA256SUMS.sealed", randomBytes(64)}} {
		_ = files.WriteHeader(&tar.Header{Name: file.name, Mode: 0o600, Size: int64(len(file.content))})
		_, _ = files.Write(file.content)
	}
	_ = files.Close()
	_ = compressed.Close()
	return reply{status: http.StatusOK, header: http.Header{"Content-Type": {"application/gzip"}}, body: out.Bytes()}
}
