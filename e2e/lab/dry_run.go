package lab

import (
	"context"
	"fmt"
	"strings"
)

// DryRun asks the API server whether it would take the shipped manifests as
// they are, with components. It returns the objects that it takes and what is
// said of the others.
func (l *Lab) DryRun(ctx context.Context, components ...string) (taken, refused []string, err error) {
	const folder = deployFolder + "/dry-run"
	var kustomization strings.Builder
	kustomization.WriteString("resources: [../nas-integration]\ncomponents:\n")
	for _, component := range components {
		fmt.Fprintf(&kustomization, "- ../components/%s\n", component)
	}
	err = l.engine.put(ctx, l.k3s, file{path: folder + "/kustomization.yaml", data: []byte(kustomization.String())})
	if err != nil {
		return nil, nil, err
	}
	ended, err := l.engine.exec(ctx, l.k3s, "", "kubectl", "apply", "--kustomize="+folder, "--dry-run=server")
	return lines(ended.stdout), lines(ended.stderr), err
}

func lines(text string) []string {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
