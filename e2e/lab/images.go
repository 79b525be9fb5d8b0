package lab

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"

	"github.com/moby/moby/client"
	"github.com/moby/moby/client/pkg/versions"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"homelab.io/vault-health-exporter/e2e/images"
)

// imageOwn is the one image of this repository's programs: the two that are
// shipped, as deploy/Dockerfile has them, and the lab's own.
const imageOwn = "own"

// programs are their Go packages.
var programs = []string{"./cmd/vault-health-exporter", "./cmd/token-broker", "./e2e/lab/program"}

// resolveImages finds the images of the catalogue that the lab runs.
func (l *Lab) resolveImages(ctx context.Context) error {
	needed := []string{"pause", "k3s", "vault", "external-secrets", "prometheus", "alertmanager", "toxiproxy", "nas"}
	resolved, missing := images.Preflight(ctx)
	// The others are not missed here.
	resolved = slices.DeleteFunc(resolved, func(found images.Resolved) bool { return !slices.Contains(needed, found.Image.Name) })
	l.images = map[string]string{}
	for _, found := range resolved {
		l.images[found.Image.Name] = found.Reference
	}
	for _, name := range needed {
		if l.images[name] == "" {
			return errors.Join(fmt.Errorf("finding image %q", name), missing)
		}
	}
	return images.WriteTable(l.out, resolved)
}

// buildImage builds the image of this repository's programs.
func (l *Lab) buildImage(ctx context.Context) error {
	binaries := filepath.Join(l.state, "bin")
	arguments := []string{"build", "-trimpath", "-ldflags=-s -w", "-o", binaries + "/"}
	if l.coverage {
		arguments = append(arguments, covered...)
	}
	build := exec.CommandContext(ctx, "go", append(arguments, programs...)...)
	build.Dir = l.repository
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	printed, err := build.CombinedOutput()
	if err != nil {
		return fmt.Errorf("building %q: %w: %s", programs, err, printed)
	}
	l.images[imageOwn], err = l.imageOf(ctx, binaries)
	if err != nil {
		return fmt.Errorf("building image %q: %w", imageOwn, err)
	}
	return os.RemoveAll(binaries)
}

// imageOf makes an image that holds static binaries in /bin, and nothing else.
func (l *Lab) imageOf(ctx context.Context, binaries string) (string, error) {
	files := []file{{path: "/Dockerfile", data: fmt.Appendf(nil, "FROM scratch\nCOPY bin/ /bin/\nENV PATH=/bin\nUSER %d\n", nobody)}}
	sum := sha256.New()
	for _, program := range programs {
		name := path.Base(program)
		content, err := os.ReadFile(filepath.Join(binaries, name))
		if err != nil {
			return "", err
		}
		_, _ = sum.Write(content) // never fails
		files = append(files, file{path: "/bin/" + name, data: content, mode: 0o755})
	}
	// The host keeps anything from taking it for an image to pull.
	tag := "localhost/vault-health-exporter-lab/" + imageOwn + ":" + hex.EncodeToString(sum.Sum(nil)[:6])
	var buildContext bytes.Buffer
	err := archive(&buildContext, files)
	if err != nil {
		return "", err
	}
	built, err := l.engine.docker.ImageBuild(ctx, &buildContext, client.ImageBuildOptions{
		Tags: []string{tag}, Labels: map[string]string{labelLab: l.id}, Remove: true, ForceRemove: true,
	})
	if err != nil {
		return "", err
	}
	defer built.Body.Close()
	return tag, buildOutcome(built.Body)
}

// buildOutcome reads the engine's report, which ends in an error where the
// status of the answer could not say so any more.
func buildOutcome(report io.Reader) error {
	decoder := json.NewDecoder(report)
	for {
		var line struct {
			Error string `json:"error"`
		}
		err := decoder.Decode(&line)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case line.Error != "":
			return errors.New(line.Error)
		}
	}
}

// saveImages writes the images of the pods into archives that K3s imports when
// it starts.
func (l *Lab) saveImages(ctx context.Context, names ...string) ([]file, error) {
	files := make([]file, len(names))
	group, groupCtx := errgroup.WithContext(ctx)
	for i, name := range names {
		files[i] = file{path: "/var/lib/rancher/k3s/agent/images/" + name + ".tar", source: filepath.Join(l.state, name+".tar")}
		group.Go(func() error { return l.engine.save(groupCtx, l.images[name], files[i].source) })
	}
	return files, group.Wait()
}

// forget removes the archives, which the container now has.
func forget(archives []file) error {
	var failures []error
	for _, a := range archives {
		failures = append(failures, os.Remove(a.source))
	}
	return errors.Join(failures...)
}

// save writes an image into an archive.
func (e *engine) save(ctx context.Context, reference, archive string) error {
	inspected, err := e.docker.ImageInspect(ctx, reference)
	if err != nil {
		return fmt.Errorf("inspecting image %q: %w", reference, err)
	}
	var options []client.ImageSaveOption
	// With several platforms in one image, K3s would miss the ones not pulled.
	// Older engines know one platform only, and not the option.
	if versions.GreaterThanOrEqualTo(e.docker.ClientVersion(), "1.48") {
		options = append(options, client.ImageSaveWithPlatforms(ocispec.Platform{OS: inspected.Os, Architecture: inspected.Architecture, Variant: inspected.Variant}))
	}
	saved, err := e.docker.ImageSave(ctx, []string{reference}, options...)
	if err != nil {
		return fmt.Errorf("saving image %q: %w", reference, err)
	}
	defer saved.Close()
	target, err := os.OpenFile(archive, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, saved)
	return errors.Join(err, target.Close())
}
