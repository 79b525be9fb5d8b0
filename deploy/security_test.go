package deploy

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	named    = regexp.MustCompile("`(Test[A-Za-z0-9]+)`")
	declared = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9]+)\(`)
)

// TestEveryPromiseHasItsTest: a promise whose test is gone is a wish.
func TestEveryPromiseHasItsTest(t *testing.T) {
	page, err := os.ReadFile("../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{}
	err = fs.WalkDir(os.DirFS(".."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(os.DirFS(".."), path)
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			tests[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	promised := 0
	for line := range strings.Lines(string(page)) {
		for _, m := range named.FindAllStringSubmatch(line, -1) {
			promised++
			if !tests[m[1]] {
				t.Errorf("docs/security.md: got %q, which is no test", m[1])
			}
		}
	}
	if promised < 20 {
		t.Errorf("got %d tests named, want at least 20", promised)
	}
}
