package lab

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// ownProgram is the lab's own, which is beside the two that are shipped.
const ownProgram = "/bin/program"

// ImageFacts are what is known of the product's image.
type ImageFacts struct {
	// Image is its name.
	Image string
	// User is that of its processes, as in the image's configuration.
	User string
	// Size is in bytes, and Files are all that are in it but the lab's own program.
	Size  int64
	Files []string
}

// OwnImage looks into the image of the product that the lab runs.
func (l *Lab) OwnImage(ctx context.Context) (facts ImageFacts, err error) {
	image := l.images[imageOwn]
	inspected, err := l.engine.docker.ImageInspect(ctx, image)
	if err != nil {
		return facts, fmt.Errorf("looking at image %q: %w", image, err)
	}
	facts.Image, facts.User, facts.Size = image, inspected.Config.User, inspected.Size
	// Never started: it is made for its files to be read.
	made, err := l.engine.docker.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: &container.Config{Image: image, Cmd: []string{"none"}, Labels: map[string]string{labelLab: l.id}}, Name: l.containerName("own-image"),
	})
	if err != nil {
		return facts, fmt.Errorf("reading the files of image %q: %w", image, err)
	}
	defer func() {
		_, failed := l.engine.docker.ContainerRemove(context.WithoutCancel(ctx), made.ID, client.ContainerRemoveOptions{Force: true})
		err = errors.Join(err, failed)
	}()
	exported, err := l.engine.docker.ContainerExport(ctx, made.ID, client.ContainerExportOptions{})
	if err != nil {
		return facts, fmt.Errorf("reading the files of image %q: %w", image, err)
	}
	defer exported.Close()
	facts.Files, err = regularFiles(exported)
	facts.Files = slices.DeleteFunc(facts.Files, func(name string) bool { return name == ownProgram })
	return facts, err
}

// regularFiles are the names of the files in an archive that have something in
// them; Docker adds empty ones for what it mounts.
func regularFiles(archive io.Reader) (names []string, err error) {
	reader := tar.NewReader(archive)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading an archive: %w", err)
		}
		if header.Typeflag == tar.TypeReg && header.Size > 0 {
			names = append(names, "/"+header.Name)
		}
	}
}
