package lab

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/moby/moby/client"
)

// nobody is the user that programs run as, and that owns their files.
const nobody = 65534

// file is one file to put into a container. Files are copied rather than
// mounted, so that no secret lies on the host, that their owner can be chosen
// without being root, and that the engine can be on another machine.
type file struct {
	path  string
	data  []byte
	owner int
	// mode is 0400 where it is not set.
	mode int64
	// source is a file on the host, where data would be too large.
	source string
}

// put copies files into a container, running or not, and makes their folders.
func (e *engine) put(ctx context.Context, id string, files ...file) error {
	if len(files) == 0 {
		return nil
	}
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(archive(writer, files)) }()
	defer reader.Close()
	_, err := e.docker.CopyToContainer(ctx, id, client.CopyToContainerOptions{DestinationPath: "/", Content: reader})
	if err != nil {
		return fmt.Errorf("copying %q into the container: %w", files[0].path, err)
	}
	return nil
}

func archive(w io.Writer, files []file) error {
	archive := tar.NewWriter(w)
	made := map[string]bool{}
	for _, f := range files {
		err := folders(archive, path.Dir(f.path), made)
		if err != nil {
			return err
		}
		err = entry(archive, f)
		if err != nil {
			return fmt.Errorf("archiving %q: %w", f.path, err)
		}
	}
	return archive.Close()
}

// folders writes the folders above a file, outermost first. They are open to
// all, because who may read a file is said by the file.
func folders(archive *tar.Writer, folder string, made map[string]bool) error {
	if folder == "/" || made[folder] {
		return nil
	}
	err := folders(archive, path.Dir(folder), made)
	if err != nil {
		return err
	}
	made[folder] = true
	return archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: strings.TrimPrefix(folder, "/") + "/", Mode: 0o755})
}

func entry(archive *tar.Writer, f file) error {
	content, size := io.Reader(bytes.NewReader(f.data)), int64(len(f.data))
	if f.source != "" {
		source, err := os.Open(f.source)
		if err != nil {
			return err
		}
		defer source.Close()
		info, err := source.Stat()
		if err != nil {
			return err
		}
		content, size = source, info.Size()
	}
	mode := f.mode
	if mode == 0 {
		mode = 0o400
	}
	header := tar.Header{Name: strings.TrimPrefix(f.path, "/"), Mode: mode, Size: size, Uid: f.owner, Gid: f.owner}
	err := archive.WriteHeader(&header)
	if err != nil {
		return err
	}
	_, err = io.Copy(archive, content)
	return err
}
