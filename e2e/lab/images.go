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
	"path/filepath"
	"slices"

	"github.com/moby/moby/client"
	"github.com/moby/moby/client/pkg/versions"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"homelab.io/vault-health-exporter/e2e/images"
)

// The lab's own images, beside those of the catalogue.
const (
	imageProgram  = "program"
	imageExporter = "exporter"
)

// commands are the Go packages of the lab's own images.
var commands = map[string]string{
	imageProgram:  "homelab.io/vault-health-exporter/e2e/lab/program",
	imageExporter: "homelab.io/vault-health-exporter/cmd/vault-health-exporter",
}

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

// buildImages builds the images of this repository's own programs.
func (l *Lab) buildImages(ctx context.Context) error {
	tags := map[string]string{}
	for name, command := range commands {
		binary := filepath.Join(l.state, name)
		// One after the other: the Go command uses every core by itself.
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", binary, command)
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
		printed, err := build.CombinedOutput()
		if err != nil {
			return fmt.Errorf("building command %q: %w: %s", command, err, printed)
		}
		tags[name], err = l.buildImage(ctx, name, binary)
		if err != nil {
			return fmt.Errorf("building image %q: %w", name, err)
		}
		err = os.Remove(binary)
		if err != nil {
			return err
		}
	}
	for name, tag := range tags {
		l.images[name] = tag
	}
	return nil
}

// buildImage makes an image that holds one static binary, as /NAME.
func (l *Lab) buildImage(ctx context.Context, name, binary string) (string, error) {
	content, err := os.ReadFile(binary)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(content)
	// The host keeps anything from taking it for an image to pull.
	tag := "localhost/vault-health-exporter-lab/" + name + ":" + hex.EncodeToString(sum[:6])
	dockerfile := fmt.Appendf(nil, "FROM scratch\nCOPY %[1]s /%[1]s\nUSER %[2]d\nENTRYPOINT [\"/%[1]s\"]\n", name, nobody)
	var buildContext bytes.Buffer
	err = archive(&buildContext, []file{{path: "/Dockerfile", data: dockerfile}, {path: "/" + name, data: content, mode: 0o755}})
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
func (e *engine) save(ctx context.Context, reference, path string) error {
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
	target, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, saved)
	return errors.Join(err, target.Close())
}
