package images

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"homelab.io/vault-health-exporter/exporter/tempdir"
)

// release is the Debian release that root file systems and files come from.
const release = "bookworm"

// debianFile is one file out of a Debian package.
type debianFile struct {
	// file is its name in the build context.
	file string

	// member is its path in the package.
	member string

	// deb is the package, from the sources that the machine's apt knows.
	deb string
}

// extract puts the file into the build context without installing anything.
func (f debianFile) extract(ctx context.Context, buildContext string) error {
	folder, remove, err := tempdir.Make("vault-health-exporter-deb")
	if err != nil {
		return err
	}
	defer remove()
	err = runIn(ctx, folder, "apt-get", "download", "--quiet", "--quiet", f.deb)
	if err != nil {
		return err
	}
	packages, err := filepath.Glob(filepath.Join(folder, f.deb+"_*.deb"))
	if err != nil {
		return err
	}
	if len(packages) != 1 {
		return fmt.Errorf("downloading Debian package %q: got files %q, want one", f.deb, packages)
	}
	err = run(ctx, nil, "dpkg-deb", "--extract", packages[0], folder)
	if err != nil {
		return err
	}
	return os.Rename(filepath.Join(folder, f.member), filepath.Join(buildContext, f.file))
}

// leftovers are what debootstrap leaves that no container needs. The engine
// provides the first two itself, and device files cannot be unpacked everywhere.
var leftovers = []string{"./dev/*", "./proc/*", "./usr/share/doc/*", "./usr/share/locale/*", "./usr/share/man/*", "./var/cache/apt/*", "./var/lib/apt/lists/*"}

// rootFileSystem writes a Debian system with the packages given as a tar
// archive. It needs root, as the files in it belong to several users.
func rootFileSystem(ctx context.Context, packages []string, archive string) error {
	folder, err := os.MkdirTemp("", "rootfs-") // left by who is killed: what is mounted there must not be emptied
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	err = run(ctx, nil, "debootstrap", "--variant=minbase", "--include="+strings.Join(packages, ","), release, folder)
	if err != nil {
		return err
	}
	arguments := []string{"--create", "--file", archive, "--directory", folder}
	for _, leftover := range leftovers {
		arguments = append(arguments, "--exclude="+leftover)
	}
	return run(ctx, nil, "tar", append(arguments, ".")...)
}
