package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// member is one file of a snapshot.
type member struct{ name, content string }

// goodMembers are those of a Vault's snapshot, in its order.
func goodMembers() []member {
	// An entry of the state is its length and a message, here of 100 bytes.
	state := strings.Repeat("d"+strings.Repeat("x", 100), 50)
	meta := fmt.Sprintf(`{"Version":1,"ID":"bolt-snapshot","Size":%d}`, len(state))
	sums := fmt.Sprintf("%x  meta.json\n%x  state.bin\n", sha256.Sum256([]byte(meta)), sha256.Sum256([]byte(state)))
	return []member{{"meta.json", meta}, {"state.bin", state}, {"SHA256SUMS", sums}, {"SHA256SUMS.sealed", "sealed"}}
}

// withState are the members of a snapshot of another state, with its true sums.
func withState(meta, state string) []member {
	members := goodMembers()
	sums := fmt.Sprintf("%x  meta.json\n%x  state.bin\n", sha256.Sum256([]byte(meta)), sha256.Sum256([]byte(state)))
	members[0].content, members[1].content, members[2].content = meta, state, sums
	return members
}

func archive(t *testing.T, members []member) []byte {
	t.Helper()
	var out bytes.Buffer
	compressed := gzip.NewWriter(&out)
	files := tar.NewWriter(compressed)
	for _, m := range members {
		if err := files.WriteHeader(&tar.Header{Name: m.name, Mode: 0o600, Size: int64(len(m.content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := files.Write([]byte(m.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// snapshots is a NAS Vault that can be backed up and where the backups go.
func (w *world) snapshots(keep int) int {
	w.t.Helper()
	dir := filepath.Join(w.dir, "backup")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		w.t.Fatal(err)
	}
	w.nas.admit("nas-vault-snapshot", capabilities{"sys/storage/raft/snapshot": {"read"}})
	path := w.file("snapshot.yaml", fmt.Sprintf(`
nas: {vault: {address: %q, auth: {kubernetes: {role: nas-vault-snapshot, jwt_file: %q}}}}
main: {kubernetes: {kubeconfig: %q}}
snapshot: {dir: %q, keep: %d}
`, w.nasServer.URL, filepath.Join(w.dir, "jwt"), w.kube.served(w.t), dir, keep))
	return w.run(w.t.Context(), "snapshot", "--config.file="+path)
}

func (w *world) backups() []string {
	w.t.Helper()
	entries, err := os.ReadDir(filepath.Join(w.dir, "backup"))
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestSnapshot(t *testing.T) {
	w := newWorld(t)
	w.rotate()
	var sent []byte
	w.damage = func(content []byte) []byte { sent = content; return content }
	if exit := w.snapshots(2); exit != 0 {
		t.Fatalf("got exit code %d; log:\n%s", exit, w.log)
	}
	names := w.backups()
	if len(names) != 1 {
		t.Fatalf("got %q, want one snapshot", names)
	}
	path := filepath.Join(w.dir, "backup", names[0])
	content, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(content, sent) {
		t.Error("got another file than the Vault sent")
	}
	data, _ := w.kube.Object("configmaps", snapshotMap)["data"].(map[string]any)
	stamp := strings.NewReplacer("-", "", ":", "").Replace(fmt.Sprint(data["last-snapshot"]))
	if names[0] != "nas-vault-"+stamp+".snap" {
		t.Errorf("got file %q and time %q, want the same", names[0], stamp)
	}
	if exit := w.run(t.Context(), "snapshot", "--verify="+path); exit != 0 {
		t.Errorf("got exit code %d from --verify; log:\n%s", exit, w.log)
	}
}

func TestSnapshotKeepsTheNewest(t *testing.T) {
	w := newWorld(t)
	w.rotate() // or there is nothing to back up
	if err := os.MkdirAll(filepath.Join(w.dir, "backup"), 0o700); err != nil {
		t.Fatal(err)
	}
	w.kube.PutObject("configmaps", snapshotMap, map[string]any{"data": map[string]any{"other": "kept", "last-snapshot": "2026-01-01T00:00:00Z"}})
	others := []string{"nas-vault-by-hand.snap", "notes.txt"}
	for _, name := range append([]string{"nas-vault-20260101T000000Z.snap", "nas-vault-20260102T000000Z.snap", "nas-vault-20260103T000000Z.snap.partial"}, others...) {
		w.file("backup/"+name, "x")
	}
	if exit := w.snapshots(2); exit != 0 {
		t.Fatalf("got exit code %d; log:\n%s", exit, w.log)
	}
	names := w.backups()
	for _, name := range append(others, "nas-vault-20260102T000000Z.snap") {
		if !slices.Contains(names, name) {
			t.Errorf("got %q removed", name)
		}
	}
	if len(names) != 4 {
		t.Errorf("got %q, want two snapshots and two other files", names)
	}
	data, _ := w.kube.Object("configmaps", snapshotMap)["data"].(map[string]any)
	if data["other"] != "kept" || data["last-snapshot"] == "2026-01-01T00:00:00Z" {
		t.Errorf("got ConfigMap data %v", data)
	}
}

// TestSnapshotOutlivesFutureOnes: among files that a wrong clock had dated ahead,
// the new snapshot was the oldest, was removed at once, and the log said done.
func TestSnapshotOutlivesFutureOnes(t *testing.T) {
	w := newWorld(t)
	w.rotate() // or there is nothing to back up
	if err := os.MkdirAll(filepath.Join(w.dir, "backup"), 0o700); err != nil {
		t.Fatal(err)
	}
	future := []string{"nas-vault-29990101T000000Z.snap", "nas-vault-29990102T000000Z.snap"}
	for _, name := range append(future, "nas-vault-20260101T000000Z.snap") {
		w.file("backup/"+name, "x")
	}
	if exit := w.snapshots(1); exit != 0 {
		t.Fatalf("got exit code %d; log:\n%s", exit, w.log)
	}
	names := w.backups()
	if len(names) != 3 || !slices.Equal(names[1:], future) || names[0] == "nas-vault-20260101T000000Z.snap" {
		t.Errorf("got %q, want the new snapshot and those of a later time", names)
	}
	for _, name := range future {
		if !strings.Contains(w.log, "look at the clock\" command=snapshot file="+name) {
			t.Errorf("got no word about %q; log:\n%s", name, w.log)
		}
	}
}

// TestSnapshotRefuses keeps nothing that could not be restored, and every
// older snapshot.
func TestSnapshotRefuses(t *testing.T) {
	good := archive(t, goodMembers())
	change := func(i int, m member) []member {
		members := goodMembers()
		members[i] = m
		return members
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	for name, tc := range map[string]struct {
		content []byte
		want    string
	}{
		"nothing":            {nil, "truncated"},
		"cut in the middle":  {good[:len(good)/2], "truncated"},
		"without its end":    {good[:len(good)-4], "truncated"},
		"a flipped bit":      {flipped, "malformed_response"},
		"something appended": {append(bytes.Clone(good), 'x'), "malformed_response"},
		"a web page":         {[]byte("<html>sign in</html>"), "malformed_response"},
		"another state":      {archive(t, change(1, member{"state.bin", "\x05other"})), "mismatch"},
		"an entry cut off":   {archive(t, withState(`{"Size":5}`, "\x05othe")), "truncated"},
		"no entries at all":  {archive(t, withState(`{"Size":11}`, "<html>login")), "truncated"},
		"another size":       {archive(t, withState(`{"Size":5}`, "\x05other")), "mismatch"},
		"another version":    {archive(t, withState(`{"Version":2,"Size":6}`, "\x05other")), "malformed_response"},
		"another meta.json":  {archive(t, withState(`[]`, "\x05other")), "malformed_response"},
		"one member more":    {archive(t, append(goodMembers(), member{"extra", "x"})), "malformed_response"},
		"the state twice":    {archive(t, append(goodMembers(), goodMembers()[1])), "malformed_response"},
		"one sum more":       {archive(t, change(2, member{"SHA256SUMS", goodMembers()[2].content + strings.Repeat("0", 64) + "  extra\n"})), "malformed_response"},
		"one sum twice":      {archive(t, change(2, member{"SHA256SUMS", strings.Repeat(goodMembers()[2].content, 2)})), "malformed_response"},
		"endless sums":       {archive(t, change(3, member{"SHA256SUMS.sealed", strings.Repeat("x", 1<<20)})), "oversize"},
		"no state":           {archive(t, slices.Delete(goodMembers(), 1, 2)), "key_missing"},
		"no sums":            {archive(t, goodMembers()[:2]), "key_missing"},
		"no sealed sums":     {archive(t, goodMembers()[:3]), "key_missing"},
		"empty sealed sums":  {archive(t, change(3, member{"SHA256SUMS.sealed", ""})), "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.damage = func([]byte) []byte { return tc.content }
			if err := os.MkdirAll(filepath.Join(w.dir, "backup"), 0o700); err != nil {
				t.Fatal(err)
			}
			w.file("backup/nas-vault-20260101T000000Z.snap", "old")
			if exit := w.snapshots(1); exit != 1 || !strings.Contains(w.log, "reason="+tc.want) {
				t.Errorf("got exit code %d, want 1 and %s; log:\n%s", exit, tc.want, w.log)
			}
			if names := w.backups(); len(names) != 1 || names[0] != "nas-vault-20260101T000000Z.snap" {
				t.Errorf("got %q, want the old snapshot only", names)
			}
			if w.kube.Object("configmaps", snapshotMap) != nil {
				t.Error("got a time published")
			}
			path := w.file("file.snap", string(tc.content))
			if exit := w.run(t.Context(), "snapshot", "--verify="+path); exit != 1 || !strings.Contains(w.log, "reason="+tc.want) {
				t.Errorf("got exit code %d from --verify, want 1 and %s; log:\n%s", exit, tc.want, w.log)
			}
		})
	}
}

func TestSnapshotForbidden(t *testing.T) {
	w := newWorld(t)
	w.breaks("seal")
	if exit := w.snapshots(1); exit != 1 || !strings.Contains(w.log, "reason=sealed") {
		t.Errorf("got exit code %d; log:\n%s", exit, w.log)
	}
}
