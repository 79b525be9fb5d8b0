package lab

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/moby/client"
)

// coverageFolder is where the covered programs' counts are in the K3s container.
const coverageFolder = "/lab/coverage"

// covered is what has the toolchain build programs that count what of this
// repository is run in them.
var covered = []string{"-cover", "-covermode=atomic", "-coverpkg=homelab.io/vault-health-exporter/..."}

// Coverage writes what the shipped programs counted into a folder, for "go tool
// covdata". Jobs write theirs when they end, and the exporter when it is stopped,
// which is done here: it is for the end of a run.
func (l *Lab) Coverage(ctx context.Context, folder string) error {
	err := l.stopExporter(ctx)
	if err != nil {
		return err
	}
	err = l.fetch(ctx, coverageFolder, folder)
	if err != nil {
		return fmt.Errorf("fetching the coverage: %w", err)
	}
	return nil
}

// stopExporter returns when no pod of the exporter is left.
func (l *Lab) stopExporter(ctx context.Context) error {
	err := l.Merge(ctx, pathDeployments+applicationExporter, map[string]any{"spec": map[string]any{"replicas": 0}})
	if err != nil {
		return err
	}
	return until(ctx, "the exporter to have stopped", func(ctx context.Context) error {
		pods, err := l.pods(ctx, applicationExporter)
		if err == nil && len(pods) > 0 {
			err = fmt.Errorf("got %d pods", len(pods))
		}
		return err
	})
}

// fetch copies the files of a folder in the K3s container into one on the host.
func (l *Lab) fetch(ctx context.Context, from, to string) error {
	err := os.MkdirAll(to, 0o700)
	if err != nil {
		return err
	}
	copied, err := l.engine.docker.CopyFromContainer(ctx, l.k3s, client.CopyFromContainerOptions{SourcePath: from})
	if err != nil {
		return err
	}
	defer copied.Content.Close()
	files := tar.NewReader(copied.Content)
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := filepath.Base(header.Name)
		if header.Typeflag != tar.TypeReg || strings.HasPrefix(name, ".") {
			continue
		}
		err = write(filepath.Join(to, name), files)
		if err != nil {
			return err
		}
	}
}

func write(path string, content io.Reader) error {
	target, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, content)
	return errors.Join(err, target.Close())
}
