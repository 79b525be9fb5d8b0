package config

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/labels"
)

// Discovery takes flows from ConfigMaps, one from each, beside those of the file.
type Discovery struct {
	// Kubeconfig is a file; empty means the pod's own ServiceAccount.
	Kubeconfig string `yaml:"kubeconfig"`
	// Namespace is where the ConfigMaps are; empty is the pod's own.
	Namespace string `yaml:"namespace"`
	// Selector says by their labels which ConfigMaps, as kubectl's does.
	Selector string `yaml:"selector"`
	// Interval is the time from one list of them to the next.
	Interval time.Duration `yaml:"interval"`
	// FilesDir is the folder of all files that these flows may name; empty lends
	// them none.
	FilesDir string `yaml:"files_dir"`
}

// minListing is the least time between two lists: each asks for all objects.
const minListing = 10 * time.Second

func (c *Checker) discovery(d *Discovery, at Place) {
	if d == nil {
		return
	}
	c.File(d.Kubeconfig, at.To("kubeconfig"))
	c.ObjectName(d.Namespace, at.To("namespace"))
	if d.Namespace == "" && d.Kubeconfig != "" {
		c.Problem(at.To("namespace"), "got none beside a kubeconfig, want the namespace of the ConfigMaps")
	}
	if selector, err := labels.Parse(d.Selector); err != nil || selector.Empty() {
		c.Problem(at.To("selector"), "got %s, want a label selector such as %s", text(d.Selector), defaultSelector)
	}
	if d.Interval < minListing {
		c.Problem(at.To("interval"), "got %s, want at least %s", d.Interval, minListing)
	}
	c.Dir(d.FilesDir, at.To("files_dir"))
}

// IsFlowName reports whether a flow can have the name.
func IsFlowName(name string) bool { return flowName.MatchString(name) }

// maxTold is how many mistakes of one ConfigMap are told.
const maxTold = 10

// Flow decodes the one flow of a ConfigMap, which is called as the ConfigMap is. raw
// is in the form of a file, and path what it is called in mistakes. Each of these is
// the flow's own; of one with a mistake nothing can be relied on but its name and
// its times.
func (d Discovery) Flow(path, name string, raw []byte) (Flow, []Problem) {
	c := &Checker{path: path, fence: &fence{folder: d.FilesDir, flow: name}}
	var found Config
	c.parse(raw, &found, func() {
		for i := range found.Flows {
			fill(&found.Flows[i].Name, name)
		}
		found.setDefaults()
	}, func(c *Checker) {
		c.config(&found, &sightings{})
		c.ofConfigMap(&found, name)
	})
	var f Flow
	if len(found.Flows) > 0 {
		f = found.Flows[0]
	}
	f.Name = name
	if !timely(f) {
		f.Interval, f.Timeout = defaultInterval, defaultTimeout
	}
	return f, c.told(name)
}

// ofConfigMap checks what is different from a file.
func (c *Checker) ofConfigMap(found *Config, name string) {
	if found.Discovery != nil {
		c.Problem(Place{"discovery"}, "got it in a ConfigMap, want it in the configuration file alone")
	}
	if len(found.Flows) > 1 {
		c.Problem(Place{"flows"}, "got %d flows, want one: each is a ConfigMap of its own", len(found.Flows))
	}
	if len(found.Flows) == 1 && found.Flows[0].Name != name {
		c.Problem(Place{"flows", 0, "name"}, "got another name than that of the ConfigMap, want that or none")
	}
}

// told returns the problems by line, all of them those of the flow called name. An
// object is not a file, so that the line stands in the text; and somebody's million
// of mistakes is not kept.
func (c *Checker) told(name string) []Problem {
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return a.Line - b.Line })
	told := c.problems
	if more := len(told) - maxTold; more > 0 {
		rest := Problem{Path: c.path, Text: fmt.Sprintf("got %d mistakes more", more), Outside: true}
		for _, p := range told[maxTold:] {
			rest.Outside = rest.Outside && p.Outside
		}
		told = append(slices.Clone(told[:maxTold]), rest)
	}
	for i, p := range told {
		if p.Line > 0 {
			told[i].Text, told[i].Line = fmt.Sprintf("line %d: %s", p.Line, p.Text), 0
		}
		told[i].Flow = name
	}
	return told
}
