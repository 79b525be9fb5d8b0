package configtest

import (
	"reflect"
	"strings"
)

// Keys are those that a configuration of type t may hold, each with those above
// it as far as a page about a single flow names them: `kubernetes.tls.ca_file`.
func Keys(t reflect.Type) []string {
	keys := keysBelow(t, "")
	for i, key := range keys {
		keys[i] = strings.TrimPrefix(key, "flows.")
	}
	return keys
}

func keysBelow(t reflect.Type, prefix string) (all []string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		tag, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		name := prefix + tag
		if inner := keysBelow(t.Field(i).Type, name+"."); inner != nil {
			all = append(all, inner...)
			continue
		}
		all = append(all, name)
	}
	return all
}
