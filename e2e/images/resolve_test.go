package images

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fakeEngine is an engine whose images and archives are lists of names.
type fakeEngine struct {
	images   []string
	archives map[string]string // file name to the image in it
	registry []string
	asked    []string
}

func (e *fakeEngine) answers(context.Context) error { return nil }

func (e *fakeEngine) has(_ context.Context, reference string) (bool, error) {
	return slices.Contains(e.images, reference), nil
}

func (e *fakeEngine) load(_ context.Context, archive string) error {
	e.asked = append(e.asked, "load "+filepath.Base(archive))
	image, found := e.archives[filepath.Base(archive)]
	if !found {
		return errors.New("unexpected EOF")
	}
	e.images = append(e.images, image)
	return nil
}

func (e *fakeEngine) pull(_ context.Context, reference string) error {
	e.asked = append(e.asked, "pull "+reference)
	if !slices.Contains(e.registry, reference) {
		return errors.New("no route to host")
	}
	return nil
}

func (e *fakeEngine) build(context.Context, string, string) error {
	panic("finding an image built one")
}
func (e *fakeEngine) save(context.Context, string, string) error { panic("finding an image saved one") }

var example = Image{Name: "example", Official: "official:1", Local: "local:1"}

func TestSourcesAreTriedInOrder(t *testing.T) {
	tests := map[string]struct {
		engine    fakeEngine
		archive   bool // whether the folder of archives has example.tar
		never     bool // whether pulling is forbidden
		reference string
		from      Source
		asked     []string
	}{
		"the engine has both": {
			engine:    fakeEngine{images: []string{"local:1", "official:1"}},
			archive:   true,
			reference: "official:1", from: Engine,
		},
		"the engine has the stand-in": {
			engine:    fakeEngine{images: []string{"local:1"}, registry: []string{"official:1"}},
			archive:   true,
			reference: "local:1", from: Engine,
		},
		"an archive of the official image": {
			engine:    fakeEngine{archives: map[string]string{"example.tar": "official:1"}, registry: []string{"official:1"}},
			archive:   true,
			reference: "official:1", from: Archive, asked: []string{"load example.tar"},
		},
		"an archive of the stand-in": {
			engine:    fakeEngine{archives: map[string]string{"example.tar": "local:1"}},
			archive:   true,
			reference: "local:1", from: Archive, asked: []string{"load example.tar"},
		},
		"an archive of something else": {
			engine:    fakeEngine{archives: map[string]string{"example.tar": "other:1"}, registry: []string{"official:1"}},
			archive:   true,
			reference: "official:1", from: Pulled, asked: []string{"load example.tar", "pull official:1"},
		},
		"a broken archive": {
			engine:    fakeEngine{registry: []string{"official:1"}},
			archive:   true,
			reference: "official:1", from: Pulled, asked: []string{"load example.tar", "pull official:1"},
		},
		"only the registry": {
			engine:    fakeEngine{registry: []string{"official:1"}},
			reference: "official:1", from: Pulled, asked: []string{"pull official:1"},
		},
		"the registry may not be asked": {
			engine: fakeEngine{registry: []string{"official:1"}},
			never:  true, from: Missing,
		},
		"nowhere": {
			from: Missing, asked: []string{"pull official:1"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := resolver{engine: &test.engine, archives: t.TempDir(), pull: !test.never}
			if test.archive {
				err := os.WriteFile(r.archive(example), nil, 0o600)
				if err != nil {
					t.Fatal(err)
				}
			}
			resolved, err := r.all(t.Context(), []Image{example})
			if err != nil {
				t.Fatal(err)
			}
			got := resolved[0]
			if got.Reference != test.reference || got.From != test.from {
				t.Errorf("got %q from %s, want %q from %s", got.Reference, got.From, test.reference, test.from)
			}
			if !slices.Equal(test.engine.asked, test.asked) {
				t.Errorf("got requests %q, want %q", test.engine.asked, test.asked)
			}
		})
	}
}

func TestMissingImagesAreAllNamedWithReasonAndRemedy(t *testing.T) {
	r := resolver{engine: &fakeEngine{images: []string{"there:1"}}, archives: t.TempDir(), pull: true}
	err := os.WriteFile(r.archive(example), nil, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	resolved, err := r.all(t.Context(), []Image{
		example,
		{Name: "there", Official: "there:1", Local: "local:2"},
		{Name: "own", Official: "own:1", Local: "local:3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := missing(resolved).Error()
	for _, want := range []string{"images example, own:", "make images", "E2E_IMAGE_DIR", "unexpected EOF", "no route to host", "own: no route"} {
		if !strings.Contains(got, want) {
			t.Errorf("got error %q, want it to contain %q", got, want)
		}
	}
	if missing(resolved[1:2]) != nil {
		t.Errorf("got an error for images that are all there")
	}
}

// TestGivenImageIsPulledOnlyWhereItIsMissing: the contracts' run against another
// Vault said that the engine pulls its image, and nothing asked it to.
func TestGivenImageIsPulledOnlyWhereItIsMissing(t *testing.T) {
	tests := map[string]struct {
		engine fakeEngine
		never  bool
		asked  []string
		want   string // parts of the error, all of them
	}{
		"there":           {engine: fakeEngine{images: []string{"given:1"}}},
		"missing":         {engine: fakeEngine{registry: []string{"given:1"}}, asked: []string{"pull given:1"}},
		"nowhere":         {asked: []string{"pull given:1"}, want: "no route to host"},
		"not to be asked": {engine: fakeEngine{registry: []string{"given:1"}}, never: true, want: "E2E_IMAGE_PULL is never"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := resolver{engine: &test.engine, pull: !test.never}.given(t.Context(), "given:1")
			switch {
			case test.want == "" && err != nil:
				t.Errorf("got error %v, want none", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), `"given:1": load it`)):
				t.Errorf("got error %v, want the image, the remedy and %q", err, test.want)
			}
			if !slices.Equal(test.engine.asked, test.asked) {
				t.Errorf("got requests %q, want %q", test.engine.asked, test.asked)
			}
		})
	}
}
