package discovery

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/localfile"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

const (
	// listTimeout bounds one list with all of its pages.
	listTimeout = 10 * time.Second
	// What is taken at most: as much as from a folder of files. A flow with every key
	// has some 3 kB.
	maxConfigMaps = 10_000
	maxBytes      = 16 << 10 // of one of them
	maxAllBytes   = 16 << 20
)

// ownNamespace is where the kubelet says which namespace a pod is in.
const ownNamespace = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// unit is what came of one ConfigMap.
type unit struct {
	path     string       // what it is called in mistakes
	sum      [32]byte     // of its key and text
	flow     *config.Flow // nil where it has no flow's name
	problems []config.Problem
}

// settled reports whether the same text makes the same unit again: not where a file
// was missing.
func (u unit) settled() bool {
	return u.flow != nil && !slices.ContainsFunc(u.problems, func(p config.Problem) bool { return p.Outside })
}

// object is a ConfigMap.
type object struct {
	Metadata struct {
		Name   string
		Labels map[string]string
	}
	Data map[string]string
}

// list returns all ConfigMaps of d by name. Of known is taken what did not change. A
// list that is not whole, or not what was asked for, is an error: who is missing in
// it would end.
func (s *Source) list(ctx context.Context, d config.Discovery, known map[string]unit) (map[string]unit, error) {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	selector, err := labels.Parse(d.Selector)
	if err != nil {
		return nil, reason.Errorf(reason.Config, "reading the selector of discovery: got what is none")
	}
	if d.Namespace, err = namespaceOf(d, ownNamespace); err != nil {
		return nil, err
	}
	client, err := upstream.OpenKubernetes(config.Kubernetes{Kubeconfig: d.Kubeconfig, Namespace: d.Namespace}, &upstream.Trace{})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	l := listing{discovery: d, selector: selector, has: s.has, known: known, found: map[string]unit{}, names: map[string]bool{}}
	if err := upstream.ListWhole(ctx, client, "api/v1", "configmaps", d.Selector, maxConfigMaps, l.visit); err != nil {
		return nil, err
	}
	for name, t := range l.fresh {
		l.found[name] = t.decode(d, name)
	}
	return l.found, nil
}

// namespaceOf returns the configured namespace, or that of the pod, which is in a
// file.
func namespaceOf(d config.Discovery, file string) (string, error) {
	if d.Namespace != "" {
		return d.Namespace, nil
	}
	raw, err := localfile.Read(file, int64(validation.DNS1123LabelMaxLength))
	if err != nil || len(validation.IsDNS1123Label(string(raw))) > 0 {
		return "", reason.Errorf(reason.Config, "reading the pod's own namespace: there is none here; name one in discovery.namespace")
	}
	return string(raw), nil
}

// listing is a list of which a part has come.
type listing struct {
	discovery config.Discovery
	selector  labels.Selector
	has       func(flow string) bool
	known     map[string]unit

	names map[string]bool // of all that came
	bytes int             // in all of them
	found map[string]unit
	fresh map[string]text // what is decoded once the list is whole
}

// text is the configuration that a ConfigMap holds.
type text struct {
	path, content string
	sum           [32]byte
}

func (l *listing) visit(o object) error {
	name := o.Metadata.Name
	switch {
	case len(validation.IsDNS1123Subdomain(name)) > 0:
		return reason.Errorf(reason.MalformedResponse, "got an object without a name")
	case l.names[name]:
		return reason.Errorf(reason.MalformedResponse, "got an object twice")
	case !l.selector.Matches(labels.Set(o.Metadata.Labels)):
		return reason.Errorf(reason.MalformedResponse, "got an object without the labels that were asked for")
	}
	l.names[name] = true
	key, content, wrong := configuration(o.Data)
	if l.bytes += len(content); l.bytes > maxAllBytes {
		return reason.Errorf(reason.MalformedResponse, "got more than %d bytes in all ConfigMaps", maxAllBytes)
	}
	if l.has(name) {
		l.take(name, key, content, wrong)
	}
	return nil
}

// take takes a ConfigMap of which wrong is what is wrong before it is decoded.
func (l *listing) take(name, key, content, wrong string) {
	path := fmt.Sprintf("configmap %q", l.discovery.Namespace+"/"+name)
	if !config.IsFlowName(name) {
		l.found[name] = unit{path: path, problems: []config.Problem{{Path: path, Text: "got a name that no flow can have, want 1 to 32 lower-case letters, digits and -"}}}
		return
	}
	if wrong != "" {
		l.found[name] = broken(l.discovery, path, name, wrong)
		return
	}
	t := text{path: fmt.Sprintf("%s key %q", path, key), content: content, sum: sha256.Sum256([]byte(key + "\x00" + content))}
	if u, ok := l.known[name]; ok && u.sum == t.sum && u.settled() {
		l.found[name] = u
		return
	}
	if l.fresh == nil {
		l.fresh = map[string]text{}
	}
	l.fresh[name] = t
}

func (t text) decode(d config.Discovery, name string) unit {
	u := broken(d, t.path, name, "got what cannot be read")
	u.sum = t.sum
	guarded(func() {
		f, problems := d.Flow(t.path, name, []byte(t.content))
		u.flow, u.problems = &f, problems
	})
	return u
}

// guarded ends do where it panics, and nothing else: what a stranger wrote shall not
// end the program, whatever the YAML library makes of it.
func guarded(do func()) {
	defer func() { _ = recover() }()
	do()
}

// broken is what comes of a ConfigMap of which nothing can be read but its name.
func broken(d config.Discovery, path, name, wrong string) unit {
	f, _ := d.Flow(path, name, nil)
	return unit{path: path, flow: &f, problems: []config.Problem{{Path: path, Text: wrong, Flow: name}}}
}

// configuration returns the one key of a ConfigMap that holds a configuration, or
// what is wrong with it.
func configuration(data map[string]string) (key, content, wrong string) {
	keys := 0
	for k := range data {
		if ending := filepath.Ext(k); ending == ".yaml" || ending == ".yml" {
			key = k
			keys++
		}
	}
	switch {
	case keys != 1:
		return "", "", fmt.Sprintf("got %d keys *.yaml and *.yml, want one", keys)
	case len(validation.IsConfigMapKey(key)) > 0:
		return "", "", "got a key that none can have"
	case len(data[key]) > maxBytes:
		return "", "", fmt.Sprintf("got %d bytes, want at most %d", len(data[key]), maxBytes)
	}
	return key, strings.Clone(data[key]), ""
}
