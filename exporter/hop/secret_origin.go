package hop

import (
	"regexp"
	"strings"

	"homelab.io/vault-health-exporter/exporter/config"
)

// secretOrigin is the part of an ExternalSecret that says where the values of its
// Secret come from.
type secretOrigin struct {
	StoreRef storeRef `json:"secretStoreRef"`
	Target   struct {
		Name     string          `json:"name"`
		Template *secretTemplate `json:"template"`
	} `json:"target"`
	Data []struct {
		SecretKey string     `json:"secretKey"`
		RemoteRef remoteRef  `json:"remoteRef"`
		SourceRef *sourceRef `json:"sourceRef"`
	} `json:"data"`
	DataFrom []struct {
		Extract   *remoteRef `json:"extract"`
		Rewrite   []struct{} `json:"rewrite"`
		SourceRef *sourceRef `json:"sourceRef"`
	} `json:"dataFrom"`
}

type storeRef struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// sourceRef is the store of one entry, or a generator.
type sourceRef struct {
	StoreRef *storeRef `json:"storeRef"`
}

type remoteRef struct {
	Key              string `json:"key"`
	Property         string `json:"property"`
	MetadataPolicy   string `json:"metadataPolicy"`
	DecodingStrategy string `json:"decodingStrategy"`
}

type secretTemplate struct {
	Data         map[string]string `json:"data"`
	TemplateFrom []struct{}        `json:"templateFrom"`
}

// origin is one field of one secret of one store.
type origin struct {
	store      storeRef
	key, field string
}

// of returns the one field that all keys which applications read are plain copies
// of; ok is false where they are not, or where that cannot be told.
func (o secretOrigin) of(name string, secret config.Secret) (from origin, ok bool) {
	target := o.Target.Name
	if target == "" {
		target = name
	}
	if target != secret.Name {
		return origin{}, false
	}
	for i, key := range secret.Keys {
		source, ok := o.ofKey(key)
		if !ok || i > 0 && source != from {
			return origin{}, false
		}
		from = source
	}
	return from, true
}

// only is a template that hands one value on as it is.
var only = regexp.MustCompile(`^\s*\{\{-?\s*\.([A-Za-z0-9_]+)\s*(?:\|\s*toString\s*)?-?\}\}\s*$`)

// ofKey returns the field that one key of the Secret is a plain copy of.
func (o secretOrigin) ofKey(key string) (from origin, ok bool) {
	if t := o.Target.Template; t != nil && len(t.Data)+len(t.TemplateFrom) > 0 {
		text := only.FindStringSubmatch(t.Data[key])
		if text == nil || len(t.TemplateFrom) > 0 {
			return origin{}, false
		}
		key = text[1]
	}
	for _, d := range o.Data {
		if d.SecretKey == key {
			return o.field(d.RemoteRef, d.RemoteRef.Property, d.SourceRef)
		}
	}
	if len(o.DataFrom) != 1 {
		return origin{}, false
	}
	all := o.DataFrom[0]
	if all.Extract == nil || all.Extract.Property != "" || len(all.Rewrite) > 0 {
		return origin{}, false
	}
	return o.field(*all.Extract, key, all.SourceRef)
}

// field returns a field of a secret, where it is handed on as it is.
func (o secretOrigin) field(ref remoteRef, field string, by *sourceRef) (from origin, ok bool) {
	from = origin{store: o.StoreRef, key: strings.Trim(ref.Key, "/"), field: field}
	if by != nil {
		if by.StoreRef == nil {
			return origin{}, false // a generator
		}
		from.store = *by.StoreRef
	}
	plain := (ref.MetadataPolicy == "" || ref.MetadataPolicy == "None") && (ref.DecodingStrategy == "" || ref.DecodingStrategy == "None")
	return from, plain && from.key != "" && from.field != ""
}
