package images

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// ExternalSecretsCRDs returns the resource definitions of the External Secrets
// Operator, of the version that the image has, one file each. None of them asks
// for a conversion webhook.
//
// They are too long for client-side apply; apply them server-side.
func ExternalSecretsCRDs(ctx context.Context) ([][]byte, error) {
	root, err := Repository(ctx)
	if err != nil {
		return nil, err
	}
	// The recipe's go.mod pins the version, and its go.sum the content.
	command := exec.CommandContext(ctx, "go", "mod", "download", "-json", "github.com/external-secrets/external-secrets")
	command.Dir = filepath.Join(root, "e2e", "images", "externalsecrets")
	printed, err := output(command)
	if err != nil {
		return nil, err
	}
	var module struct{ Dir string }
	err = json.Unmarshal(printed, &module)
	if err != nil {
		return nil, fmt.Errorf("reading where the External Secrets module is: %w", err)
	}
	// The pattern leaves out kustomization.yaml, which defines no resource.
	files, err := filepath.Glob(filepath.Join(module.Dir, "config", "crds", "bases", "*external-secrets.io_*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("finding resource definitions in %q: got none", module.Dir)
	}
	var definitions [][]byte
	for _, file := range files {
		definition, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		definitions = append(definitions, definition)
	}
	return definitions, nil
}
