package lab

import (
	"context"
	"errors"
	"fmt"
)

// importImage gives the running cluster an image that few scenarios need, and
// that would cost every start of the lab seconds.
func (l *Lab) importImage(ctx context.Context, name string) error {
	archives, err := l.saveImages(ctx, name)
	if err != nil {
		return err
	}
	err = errors.Join(l.engine.put(ctx, l.k3s, archives...), forget(archives))
	if err != nil {
		return err
	}
	imported, err := l.engine.exec(ctx, l.k3s, "", "ctr", "--namespace=k8s.io", "images", "import", archives[0].path)
	if err == nil && imported.code != 0 {
		err = fmt.Errorf("importing image %q: got exit code %d: %s", name, imported.code, imported.stderr)
	}
	return err
}
