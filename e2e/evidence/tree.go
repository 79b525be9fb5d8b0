package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// TreeDigest identifies the sources below root: the names and contents of all
// files that git does not ignore, committed or not. Two checkouts of one commit
// have the same one.
func TreeDigest(ctx context.Context, root string) (string, error) {
	list := exec.CommandContext(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	listed, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("listing the sources in %q: %w", root, err)
	}
	names := bytes.Split(bytes.TrimSuffix(listed, []byte{0}), []byte{0})
	slices.SortFunc(names, bytes.Compare)
	tree := sha256.New()
	for _, name := range slices.CompactFunc(names, bytes.Equal) {
		if err := addFile(tree, root, string(name)); err != nil {
			return "", fmt.Errorf("reading the source %q: %w", name, err)
		}
	}
	return hex.EncodeToString(tree.Sum(nil)), nil
}

// addFile adds a file's name and digest, and the target of a link instead of
// what it leads to.
func addFile(tree io.Writer, root, name string) error {
	path := filepath.Join(root, name)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted, and not committed yet
	}
	if err != nil {
		return err
	}
	content := sha256.New()
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(content, "-> %s", target)
	} else {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		if _, err := io.Copy(content, file); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(tree, "%q %t %x\n", name, info.Mode()&0o111 != 0, content.Sum(nil))
	return err
}
