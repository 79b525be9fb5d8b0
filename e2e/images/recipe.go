package images

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"homelab.io/vault-health-exporter/exporter/tempdir"
)

// recipe says what is put beside the Dockerfile of a folder before it is built.
type recipe struct {
	// folder holds the Dockerfile and is copied into the build context.
	folder string

	binaries []binary
	files    []debianFile

	// system lists the Debian packages of the root file system rootfs.tar.
	system []string

	// contains lists images that become the archive NAME.tar each, and whose
	// reference becomes NAME-image.
	contains []string
}

// kitchen is where recipes are followed.
type kitchen struct {
	engine  engine
	recipes string
	cache   string
}

// newKitchen finds the recipes of this repository, and the cache of binaries if
// there is one.
func newKitchen(ctx context.Context, docker engine) (kitchen, error) {
	root, err := Repository(ctx)
	if err != nil {
		return kitchen{}, err
	}
	cache := os.Getenv("E2E_BINARY_CACHE")
	if cache == "" {
		cache = filepath.Join(root, "..", "shared", "bin")
	}
	return kitchen{engine: docker, recipes: filepath.Join(root, "e2e", "images"), cache: cache}, nil
}

// build makes the image's Local out of its recipe.
func (k kitchen) build(ctx context.Context, image Image) error {
	buildContext, remove, err := tempdir.Make("vault-health-exporter-image-" + image.Name)
	if err != nil {
		return err
	}
	defer remove()
	err = k.prepare(ctx, image.recipe, buildContext)
	if err != nil {
		return fmt.Errorf("preparing image %q: %w", image.Name, err)
	}
	err = k.engine.build(ctx, buildContext, image.Local)
	if err != nil {
		return fmt.Errorf("building image %q: %w", image.Name, err)
	}
	return nil
}

// prepare fills the build context.
func (k kitchen) prepare(ctx context.Context, recipe recipe, buildContext string) error {
	err := os.CopyFS(buildContext, os.DirFS(filepath.Join(k.recipes, recipe.folder)))
	if err != nil {
		return err
	}
	for _, binary := range recipe.binaries {
		err = k.binary(ctx, binary, filepath.Join(buildContext, binary.file))
		if err != nil {
			return err
		}
	}
	for _, file := range recipe.files {
		err = file.extract(ctx, buildContext)
		if err != nil {
			return err
		}
	}
	if recipe.system != nil {
		err = rootFileSystem(ctx, recipe.system, filepath.Join(buildContext, "rootfs.tar"))
		if err != nil {
			return err
		}
	}
	for _, reference := range recipe.contains {
		err = k.embed(ctx, reference, buildContext)
		if err != nil {
			return err
		}
	}
	return nil
}

// embed puts an image of this repository into the build context of another.
func (k kitchen) embed(ctx context.Context, reference, buildContext string) error {
	image, err := local(reference)
	if err != nil {
		return err
	}
	present, err := k.engine.has(ctx, reference)
	if err != nil {
		return err
	}
	if !present {
		// The official image may be there instead, but under another name.
		err = k.build(ctx, image)
		if err != nil {
			return err
		}
	}
	err = os.WriteFile(filepath.Join(buildContext, image.Name+"-image"), []byte(reference), 0o644)
	if err != nil {
		return err
	}
	return k.engine.save(ctx, reference, filepath.Join(buildContext, image.Name+".tar"))
}

// local finds the image that is built under a reference.
func local(reference string) (Image, error) {
	for _, image := range Catalogue() {
		if image.Local == reference {
			return image, nil
		}
	}
	return Image{}, fmt.Errorf("finding the recipe of %q: not in the catalogue", reference)
}
