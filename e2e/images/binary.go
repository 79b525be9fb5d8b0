package images

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// cacheWindow is the longest match, in bytes, that archives of the cache are
// packed with: zstd --long=27.
const cacheWindow = 1 << 27

// binary is a program built from a Go module.
type binary struct {
	// file is its name in the build context.
	file string

	// version is that of the upstream release, and names the program in the
	// cache. Without one the program is never cached.
	version string

	// module is the folder, below the recipes, whose go.mod pins the sources.
	module string

	// target is the package to build.
	target string

	// variables are set by the linker, as the upstream release does.
	variables []string
}

// Program makes one of the programs that the images hold, for use outside of
// them, at the path output.
func Program(ctx context.Context, name, output string) error {
	kitchen, err := newKitchen(ctx, docker{})
	if err != nil {
		return err
	}
	// The build runs in the recipe's folder, and the path is the caller's.
	output, err = filepath.Abs(output)
	if err != nil {
		return err
	}
	err = os.MkdirAll(filepath.Dir(output), 0o755)
	if err != nil {
		return err
	}
	for _, image := range Catalogue() {
		for _, program := range image.recipe.binaries {
			if program.file == name {
				return kitchen.binary(ctx, program, output)
			}
		}
	}
	return fmt.Errorf("finding program %q: no image of the catalogue holds it", name)
}

// binary puts a program into the build context, out of the cache or else built
// from its sources.
func (k kitchen) binary(ctx context.Context, program binary, output string) error {
	if program.version != "" {
		err := k.cached(program, output)
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	flags := "-s -w"
	for _, variable := range program.variables {
		flags += " -X " + variable
	}
	// Neither a workspace nor the state of the checkout may change what comes out.
	return run(ctx, []string{"CGO_ENABLED=0", "GOWORK=off"}, "go", "build",
		"-C", filepath.Join(k.recipes, program.module), "-trimpath", "-buildvcs=false",
		"-ldflags", flags, "-o", output, program.target)
}

// cached unpacks a program from the cache. The error is fs.ErrNotExist when the
// cache does not have it, and any other when it has it but wrong, because then
// a silent build would hide a broken cache.
func (k kitchen) cached(program binary, output string) error {
	name := fmt.Sprintf("%s-%s-%s-%s.zst", program.file, program.version, runtime.GOOS, runtime.GOARCH)
	archive := filepath.Join(k.cache, name)
	got, err := checksum(archive)
	if err != nil {
		return err
	}
	sums, err := os.Open(filepath.Join(k.cache, "SHA256SUMS"))
	if err != nil {
		return fmt.Errorf("checking cached binary %q: %v", name, err)
	}
	defer sums.Close()
	want, err := listed(sums, name)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("checking cached binary %q: got SHA-256 %s, want %s", name, got, want)
	}
	err = unpack(archive, output)
	if err != nil {
		return fmt.Errorf("unpacking cached binary %q: %w", name, err)
	}
	return nil
}

// unpack writes the program that an archive holds.
func unpack(archive, output string) error {
	packed, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer packed.Close()
	content, err := zstd.NewReader(packed, zstd.WithDecoderMaxWindow(cacheWindow))
	if err != nil {
		return err
	}
	defer content.Close()
	program, err := os.OpenFile(output, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(program, content)
	return errors.Join(err, program.Close())
}

// checksum is the SHA-256 of a file, in hexadecimal.
func checksum(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	_, err = io.Copy(hash, file)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// listed finds the checksum of a file in the output of sha256sum.
func listed(sums io.Reader, name string) (string, error) {
	lines := bufio.NewScanner(sums)
	for lines.Scan() {
		sum, file, found := strings.Cut(lines.Text(), "  ")
		if found && file == name {
			return sum, nil
		}
	}
	err := lines.Err()
	if err != nil {
		return "", err
	}
	return "", fmt.Errorf("checking cached binary %q: not in SHA256SUMS", name)
}
