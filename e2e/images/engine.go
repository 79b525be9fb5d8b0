package images

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// engine is what is asked of the container engine.
type engine interface {
	// answers reports why the engine cannot be used, if it cannot.
	answers(ctx context.Context) error

	has(ctx context.Context, reference string) (bool, error)
	load(ctx context.Context, archive string) error
	pull(ctx context.Context, reference string) error
	build(ctx context.Context, folder, reference string) error
	save(ctx context.Context, reference, archive string) error
}

// docker is the engine behind the docker command, which knows contexts, hosts
// and credentials the way its user has set them up.
type docker struct{}

func (docker) answers(ctx context.Context) error {
	return run(ctx, nil, "docker", "version")
}

func (docker) has(ctx context.Context, reference string) (bool, error) {
	// A list, unlike an inspection, tells "none" from "failed".
	printed, err := output(exec.CommandContext(ctx, "docker", "image", "ls", "--quiet", reference))
	return len(printed) > 0, err
}

func (docker) load(ctx context.Context, archive string) error {
	return run(ctx, nil, "docker", "load", "--quiet", "--input", archive)
}

func (docker) pull(ctx context.Context, reference string) error {
	return run(ctx, nil, "docker", "pull", "--quiet", reference)
}

func (docker) build(ctx context.Context, folder, reference string) error {
	return run(ctx, nil, "docker", "build", "--quiet", "--tag", reference, folder)
}

// save writes the archive under another name first, so that one that was cut
// short is never loaded.
func (docker) save(ctx context.Context, reference, archive string) error {
	part := archive + ".part"
	err := run(ctx, nil, "docker", "save", "--output", part, reference)
	if err != nil {
		return errors.Join(err, os.Remove(part))
	}
	err = os.Rename(part, archive)
	if err != nil {
		return fmt.Errorf("saving image %q: %w", reference, err)
	}
	return nil
}
