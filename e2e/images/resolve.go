package images

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Source is where an image was found.
type Source string

// The sources, in the order in which they are tried.
const (
	Engine  Source = "engine"
	Archive Source = "archive"
	Pulled  Source = "pulled"
	Built   Source = "built"
	Missing Source = "missing"
)

// Resolved is an image together with the reference to run it by.
type Resolved struct {
	Image Image

	// Reference is the official image or the one built in its place. It is
	// empty for a missing image.
	Reference string

	From Source

	// problem is why no earlier source had a missing image.
	problem error
}

// Preflight finds every image of the catalogue without building any. The table
// is complete even when the error says that images are missing.
//
// Archives are looked for as NAME.tar in the folder E2E_IMAGE_DIR.
// E2E_IMAGE_PULL=never keeps the engine from asking a registry.
func Preflight(ctx context.Context) ([]Resolved, error) {
	r := fromEnvironment(docker{})
	resolved, err := r.all(ctx, Catalogue())
	if err != nil {
		return nil, err
	}
	return resolved, missing(resolved)
}

// Build finds every image of the catalogue, and builds those that are missing.
func Build(ctx context.Context) ([]Resolved, error) {
	r := fromEnvironment(docker{})
	resolved, err := r.all(ctx, Catalogue())
	if err != nil {
		return nil, err
	}
	kitchen, err := newKitchen(ctx, r.engine)
	if err != nil {
		return nil, err
	}
	for i, found := range resolved {
		if found.From != Missing {
			continue
		}
		err = kitchen.build(ctx, found.Image)
		if err != nil {
			return resolved, err
		}
		resolved[i] = Resolved{Image: found.Image, Reference: found.Image.Local, From: Built}
	}
	return resolved, nil
}

// Given makes sure that the engine has an image that a person names, and pulls it
// where it has not. E2E_IMAGE_PULL=never keeps the engine from asking a registry.
func Given(ctx context.Context, reference string) error {
	return fromEnvironment(docker{}).given(ctx, reference)
}

func (r resolver) given(ctx context.Context, reference string) error {
	has, err := r.engine.has(ctx, reference)
	if err != nil || has {
		return err
	}
	err = r.fetch(ctx, Image{Official: reference})
	if err != nil {
		return fmt.Errorf("finding image %q: load it into the engine, or name one that it can pull: %w", reference, err)
	}
	return nil
}

// resolver finds images.
type resolver struct {
	engine engine

	// archives is the folder of archives; empty for none.
	archives string

	// pull allows to ask a registry.
	pull bool
}

func fromEnvironment(docker engine) resolver {
	return resolver{
		engine:   docker,
		archives: os.Getenv("E2E_IMAGE_DIR"),
		pull:     os.Getenv("E2E_IMAGE_PULL") != "never",
	}
}

// all finds the images. Its error is one of the engine, not of an image.
func (r resolver) all(ctx context.Context, catalogue []Image) ([]Resolved, error) {
	err := r.engine.answers(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking the container engine, which `make engine` starts where there is none: %w", err)
	}
	var resolved []Resolved
	for _, image := range catalogue {
		found, err := r.one(ctx, image)
		if err != nil {
			return nil, err
		}
		resolved = append(resolved, found)
	}
	return resolved, nil
}

// one tries the sources in order. A source that fails is not the end, as the
// next one may have the image.
func (r resolver) one(ctx context.Context, image Image) (Resolved, error) {
	reference, err := r.present(ctx, image)
	if err != nil || reference != "" {
		return Resolved{Image: image, Reference: reference, From: Engine}, err
	}
	archiveErr := r.load(ctx, image)
	if archiveErr == nil {
		reference, err = r.present(ctx, image)
		if err != nil || reference != "" {
			return Resolved{Image: image, Reference: reference, From: Archive}, err
		}
		archiveErr = fmt.Errorf("loading archive %q: got neither %q nor %q out of it", r.archive(image), image.Official, image.Local)
	}
	if errors.Is(archiveErr, fs.ErrNotExist) {
		archiveErr = nil
	}
	pullErr := r.fetch(ctx, image)
	if pullErr == nil {
		return Resolved{Image: image, Reference: image.Official, From: Pulled}, nil
	}
	return Resolved{Image: image, From: Missing, problem: errors.Join(archiveErr, pullErr)}, nil
}

// present returns the name by which the engine has the image, or nothing. The
// official image is taken before its stand-in.
func (r resolver) present(ctx context.Context, image Image) (string, error) {
	for _, reference := range []string{image.Official, image.Local} {
		has, err := r.engine.has(ctx, reference)
		if err != nil {
			return "", err
		}
		if has {
			return reference, nil
		}
	}
	return "", nil
}

// load gives the engine the archive of the image. The error is fs.ErrNotExist
// when there is none.
func (r resolver) load(ctx context.Context, image Image) error {
	if r.archives == "" {
		return fs.ErrNotExist
	}
	_, err := os.Stat(r.archive(image))
	if err != nil {
		return err
	}
	return r.engine.load(ctx, r.archive(image))
}

func (r resolver) archive(image Image) string {
	return filepath.Join(r.archives, image.Name+".tar")
}

// fetch pulls the official image.
func (r resolver) fetch(ctx context.Context, image Image) error {
	if !r.pull {
		return fmt.Errorf("not pulling %q, as E2E_IMAGE_PULL is never", image.Official)
	}
	return r.engine.pull(ctx, image.Official)
}
