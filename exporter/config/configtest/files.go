package configtest

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// Wrong is a thing that is no file to read, and what is said about it.
type Wrong struct{ Name, Path, Says string }

// WrongFiles makes one of each kind. Reading some of them would never end.
func WrongFiles(t *testing.T) []Wrong {
	t.Helper()
	dir, err := os.MkdirTemp("", "") // short: a socket's name may not be longer
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	in := func(name string) string { return filepath.Join(dir, name) }
	listener, err := net.Listen("unix", in("socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	for _, err := range []error{
		os.Mkdir(in("folder"), 0o700),
		syscall.Mkfifo(in("pipe"), 0o600),
		os.Symlink("pipe", in("link")),
		os.Symlink("/dev/zero", in("endless")),
		os.WriteFile(in("huge"), nil, 0o600),
		os.Truncate(in("huge"), 4<<30), // of holes: it takes no room
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return []Wrong{
		{"a folder", in("folder"), "it is a folder, want a regular file"},
		{"a pipe", in("pipe"), "it is a pipe, want a regular file"},
		{"a link to a pipe", in("link"), "it is a pipe, want a regular file"},
		{"a socket", in("socket"), "it is a socket, want a regular file"},
		{"a device without an end", in("endless"), "it is a device, want a regular file"},
		{"a terminal", "/dev/tty", "it is a device, want a regular file"},
		{"4 GiB", in("huge"), "got more than "},
	}
}

// namesFile are the names of keys that hold the path of a file.
var namesFile = regexp.MustCompile(`(^|_)file$|^kubeconfig$`)

// FileKeys returns the keys of a configuration's type that name a file, each as
// the names that lead to it.
func FileKeys(t reflect.Type) (keys [][]string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		name := nameOf(t.Field(i))
		if t.Field(i).Type.Kind() == reflect.String && namesFile.MatchString(name) {
			keys = append(keys, []string{name})
		}
		for _, key := range FileKeys(t.Field(i).Type) {
			keys = append(keys, append([]string{name}, key...))
		}
	}
	return keys
}

// SetFile sets a key of FileKeys in v, and makes the sections around it.
func SetFile(v reflect.Value, key []string, path string) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		SetFile(v.Elem(), key, path)
	case reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		SetFile(v.Index(0), key, path)
	case reflect.String:
		v.SetString(path)
	case reflect.Struct:
		for i := range v.NumField() {
			if nameOf(v.Type().Field(i)) == key[0] {
				SetFile(v.Field(i), key[1:], path)
			}
		}
	}
}

func nameOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name
}

// RefusesWrongFiles fails where load, given a configuration of the type of zero,
// does not say of a key that names a wrong file which key and what is wrong. The
// keys of elsewhere name no file that the program reads.
func RefusesWrongFiles(t *testing.T, zero any, elsewhere []string, load func(path string) error) {
	t.Helper()
	keys := FileKeys(reflect.TypeOf(zero))
	wrong := WrongFiles(t)
	for _, key := range keys {
		name := strings.Join(key, ".")
		if slices.Contains(elsewhere, name) {
			continue
		}
		for _, w := range wrong {
			t.Run(name+"/"+w.Name, func(t *testing.T) {
				v := reflect.New(reflect.TypeOf(zero))
				SetFile(v, key, w.Path)
				text, err := yaml.Marshal(v.Interface())
				if err != nil {
					t.Fatal(err)
				}
				file := filepath.Join(t.TempDir(), "config.yaml")
				if err := os.WriteFile(file, text, 0o600); err != nil {
					t.Fatal(err)
				}
				err = InTime(t, func() error { return load(file) })
				want := ": " + strings.Replace(name, "flows.", "flows[0].", 1) + ": reading the file that it names: " + w.Says
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want it to say %s", err, want)
				}
			})
		}
	}
	if len(keys) == 0 {
		t.Error("got no key that names a file, so nothing was looked at")
	}
}

// InTime returns what do returns, and fails the test where do hangs.
func InTime[T any](t *testing.T, do func() T) T {
	t.Helper()
	done := make(chan T, 1)
	go func() { done <- do() }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // bounds a hang
	defer cancel()
	select {
	case got := <-done:
		return got
	case <-ctx.Done():
		t.Fatal("got no end of it, want an error")
		panic("unreachable")
	}
}
