package lab

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestArchive(t *testing.T) {
	source := filepath.Join(t.TempDir(), "large")
	err := os.WriteFile(source, []byte("large"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	var written bytes.Buffer
	err = archive(&written, []file{
		{path: "/etc/lab/secret", data: []byte("secret"), owner: nobody},
		{path: "/etc/lab/open", data: []byte("open"), mode: 0o444},
		{path: "/var/large", source: source},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`etc/ 0755 0 ""`,
		`etc/lab/ 0755 0 ""`,
		`etc/lab/secret 0400 65534 "secret"`,
		`etc/lab/open 0444 0 "open"`,
		`var/ 0755 0 ""`,
		`var/large 0400 0 "large"`,
	}
	if diff := cmp.Diff(want, entries(t, &written)); diff != "" {
		t.Error(diff)
	}
}

func entries(t *testing.T, r io.Reader) []string {
	t.Helper()
	var found []string
	reader := tar.NewReader(r)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, fmt.Sprintf("%s %04o %d %q", header.Name, header.Mode, header.Uid, content))
	}
}
