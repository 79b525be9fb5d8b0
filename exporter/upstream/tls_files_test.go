package upstream

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestTLSFilesAreReadWhenTheyChange, and not before; who names the same files has
// the same client of them.
func TestTLSFilesAreReadWhenTheyChange(t *testing.T) {
	at := time.Now().Add(-time.Hour)
	caFile := filepath.Join(t.TempDir(), "ca.pem")
	put := func(content []byte) {
		t.Helper()
		at = at.Add(time.Minute)
		if err := os.WriteFile(caFile, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(caFile, at, at); err != nil {
			t.Fatal(err)
		}
	}
	client := func(f *tlsFiles) *tlsClient {
		t.Helper()
		made, err := f.client()
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	one, other := newRoot(t), newRoot(t)
	put(one.pem)
	files := filesOf(&config.TLS{CAFile: caFile})
	first := client(files)
	if again := client(filesOf(&config.TLS{CAFile: caFile})); again != first {
		t.Error("got the file read again, want what was made of it")
	}
	put(other.pem)
	second := client(files)
	if second == first || second.config.RootCAs.Equal(first.config.RootCAs) {
		t.Error("got the certificates from before the file changed")
	}
	put([]byte("nothing"))
	if _, err := files.client(); reason.Of(err) != reason.Config {
		t.Errorf("got %v, want reason %q", err, reason.Config)
	}
	put(other.pem)
	if client(files) == second {
		t.Error("got the client from before the file was broken")
	}
	if filesOf(&config.TLS{CAFile: caFile, ServerName: "another"}) == files {
		t.Error("got the files of another section")
	}
	runtime.KeepAlive(files)
}

// TestFilesThatNobodyUsesAreForgotten, or each reload would leave some behind.
func TestFilesThatNobodyUsesAreForgotten(t *testing.T) {
	const many = 1000
	for i := range many {
		filesOf(&config.TLS{ServerName: fmt.Sprintf("nobody-%d", i)})
	}
	left := func() (n int) {
		inUse.mu.Lock()
		defer inUse.mu.Unlock()
		for names := range inUse.files {
			if len(names.ServerName) > 7 && names.ServerName[:7] == "nobody-" {
				n++
			}
		}
		return n
	}
	for range 1000 {
		if left() == 0 {
			return
		}
		runtime.GC()
		runtime.Gosched()
	}
	t.Errorf("got %d of %d left, want none", left(), many)
}
