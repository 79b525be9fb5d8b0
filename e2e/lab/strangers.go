package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/e2e/images"
)

// Replaced is an object of the flow that somebody else's manifest has put in the
// place of ours.
type Replaced struct {
	Kind, Name string
	// File is the manifest's name in its folder.
	File string
}

// Replace puts the objects of all manifests in a folder in the place of those of
// the same kind and name. The lab's addresses, images and clock stand in for
// those of the home that the manifests are written for; all else stays as it is.
func (l *Lab) Replace(ctx context.Context, folder string) (all []Replaced, err error) {
	var files []string
	for _, pattern := range []string{"*.yaml", "*.yml"} {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			return nil, fmt.Errorf("looking for manifests in %q: %w", folder, err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("looking for manifests in %q: got no *.yaml", folder)
	}
	if err := l.importMentioned(ctx, files); err != nil {
		return nil, err
	}
	for _, file := range files {
		objects, err := l.manifest(file)
		if err != nil {
			return nil, fmt.Errorf("reading the manifest %q: %w", file, err)
		}
		for _, o := range objects {
			encoded, err := yaml.Marshal(o.content)
			if err != nil {
				return nil, fmt.Errorf("reading the manifest %q: %w", file, err)
			}
			// Replaced, not merged: what ours says and theirs does not is gone.
			_, err = l.kubectl(ctx, string(encoded), "--namespace="+namespace, "delete", "--filename=-", "--ignore-not-found", "--cascade=orphan")
			if err == nil {
				_, err = l.kubectl(ctx, string(encoded), "--namespace="+namespace, "create", "--filename=-")
			}
			if err != nil {
				return nil, fmt.Errorf("applying the manifest %q: %s %q: %w", file, o.Kind, o.Name, err)
			}
			all = append(all, o.Replaced)
		}
	}
	return all, nil
}

// importMentioned gives the cluster the images of the lab that the manifests ask
// for: most of them no pod of ours has.
func (l *Lab) importMentioned(ctx context.Context, files []string) error {
	var all []byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		all = append(all, text...)
	}
	for _, image := range images.Catalogue() {
		if l.images[image.Name] == "" || !bytes.Contains(all, []byte(image.Official)) {
			continue
		}
		if err := l.importImage(ctx, image.Name); err != nil {
			return err
		}
	}
	return nil
}

type strangersObject struct {
	Replaced
	content map[string]any
}

// manifest reads the objects in a file, as the lab takes them.
func (l *Lab) manifest(file string) (all []strangersObject, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	adapted := strings.NewReplacer(l.elsewhere()...).Replace(string(text))
	for decoder := yaml.NewDecoder(bytes.NewBufferString(adapted)); ; {
		var content map[string]any
		err := decoder.Decode(&content)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if content == nil {
			continue // between two separators
		}
		kind, _ := content["kind"].(string)
		metadata, _ := content["metadata"].(map[string]any)
		name, _ := metadata["name"].(string)
		if kind == "" || name == "" {
			return nil, fmt.Errorf("reading object %d: got kind %q and name %q, want both", len(all)+1, kind, name)
		}
		if err := onTheLabsClock(content); err != nil {
			return nil, fmt.Errorf("reading %s %q: %w", kind, name, err)
		}
		all = append(all, strangersObject{Replaced{Kind: kind, Name: name, File: filepath.Base(file)}, content})
	}
	if len(all) == 0 {
		return nil, errors.New("got no object in it")
	}
	return all, nil
}

// elsewhere are the addresses and images of manifests, each with the lab's.
func (l *Lab) elsewhere() []string {
	pairs := []string{
		shippedNAS, serviceURL(serviceNASVaultJobs),
		shippedMain, serviceURL(serviceMainVault),
		shippedDocker, "tcp://" + serviceNASDocker + ":2376",
		"ghcr.io/homelab-io/vault-health-exporter:v0.1.0", l.images[imageOwn],
	}
	for _, image := range images.Catalogue() {
		if here := l.images[image.Name]; here != "" {
			pairs = append(pairs, image.Official, here)
		}
	}
	return pairs
}

// onTheLabsClock divides how often an ExternalSecret is refreshed; never stays
// never.
func onTheLabsClock(object map[string]any) error {
	spec, _ := object["spec"].(map[string]any)
	text, given := spec["refreshInterval"].(string)
	if object["kind"] != "ExternalSecret" || !given {
		return nil
	}
	interval, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("reading refreshInterval %q: %w", text, err)
	}
	if interval > 0 {
		spec["refreshInterval"] = max(interval/AlertScale, time.Second).String()
	}
	return nil
}
