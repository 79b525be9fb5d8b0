package images

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

// WriteTable writes one line for each image: its name, the reference that is
// used, and where that came from.
func WriteTable(w io.Writer, resolved []Resolved) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "IMAGE\tREFERENCE\tFROM")
	for _, found := range resolved {
		reference := found.Reference
		if reference == "" {
			reference = "-"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", found.Image.Name, reference, found.From)
	}
	return table.Flush()
}

// missing is the error that names all missing images at once, each with the
// reason, so that one run shows all there is to do.
func missing(resolved []Resolved) error {
	var names, reasons []string
	for _, found := range resolved {
		if found.From == Missing {
			names = append(names, found.Image.Name)
			reasons = append(reasons, fmt.Sprintf("  %s: %v", found.Image.Name, found.problem))
		}
	}
	if names == nil {
		return nil
	}
	return fmt.Errorf("finding images %s: build them with `make images`, or put archives into E2E_IMAGE_DIR:\n%s",
		strings.Join(names, ", "), strings.Join(reasons, "\n"))
}

// Save writes each image as the archive NAME.tar into a folder that can then
// be the E2E_IMAGE_DIR of a machine without a registry.
func Save(ctx context.Context, resolved []Resolved, folder string) error {
	for _, found := range resolved {
		err := docker{}.save(ctx, found.Reference, filepath.Join(folder, found.Image.Name+".tar"))
		if err != nil {
			return err
		}
	}
	return nil
}
