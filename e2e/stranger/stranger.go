// Package stranger holds somebody else's broker, store, ExternalSecret and
// rotation to what is asked of ours, on the lab, and says which of their files
// breaks which hop.
package stranger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"homelab.io/vault-health-exporter/e2e/drill"
	"homelab.io/vault-health-exporter/e2e/lab"
	"homelab.io/vault-health-exporter/exporter/flow"
)

// role is a part of the flow that a manifest can take: the object that plays it,
// and the hops that show how it is played.
type role struct {
	kind, name string
	hops       []flow.Hop
}

// roles are all of them; of a hop that two of them show the first that was
// replaced is named.
var roles = []role{
	{"CronJob", lab.CronBroker, []flow.Hop{flow.Broker, flow.MainKV}},
	{"ExternalSecret", "nas-vault-token", []flow.Hop{flow.ExternalSecret, flow.K8sSecret}},
	{"SecretStore", "nas-vault-store", []flow.Hop{flow.ExternalSecret, flow.K8sSecret}},
	{"CronJob", lab.CronRotator, []flow.Hop{flow.Token, flow.NASKV, flow.DockerExec}},
}

// Finding is what a scenario or a fault has shown to be wrong.
type Finding struct {
	// Scenario is its name.
	Scenario    string
	Hop, Reason string
	// File is the manifest whose object shows there; "" where it is none of theirs.
	File string
	// Why says what was got and wanted.
	Why string
}

// String is the finding in one line.
func (f Finding) String() string {
	file := f.File
	if file == "" {
		file = "none of the manifests"
	}
	return fmt.Sprintf("%s %s, by %s: %s", f.Hop, f.Reason, file, f.Why)
}

// Flow is the lab's flow with somebody else's objects in it.
type Flow struct {
	Lab      *lab.Lab
	Replaced []lab.Replaced
	Engine   *drill.Engine
}

// file is the manifest of the object that shows at a hop.
func (f Flow) file(hop string) string {
	for _, r := range roles {
		if !slices.Contains(r.hops, flow.Hop(hop)) {
			continue
		}
		at := slices.IndexFunc(f.Replaced, func(o lab.Replaced) bool { return o.Kind == r.kind && o.Name == r.name })
		if at >= 0 {
			return f.Replaced[at].File
		}
	}
	return ""
}

// finding blames the hop and reason of an exporter's blame.
func (f Flow) finding(scenario, blame, why string) Finding {
	hop, reason, _ := strings.Cut(blame, " ")
	return Finding{Scenario: scenario, Hop: hop, Reason: reason, File: f.file(hop), Why: why}
}

// Without are the objects that take no part in the flow: they are applied, and
// nothing is known of them.
func (f Flow) Without() (names []string) {
	for _, o := range f.Replaced {
		if !slices.ContainsFunc(roles, func(r role) bool { return r.kind == o.Kind && r.name == o.Name }) {
			names = append(names, o.Kind+" "+o.Name)
		}
	}
	return names
}

// errNoRole is what Check returns for manifests that replace nothing.
var errNoRole = errors.New("got no object that takes a part in the flow: CronJob nas-token-broker or token-rotator, ExternalSecret nas-vault-token, SecretStore nas-vault-store")

// Scenario is one thing that is asked of a flow.
type Scenario struct {
	Name string
	run  func(context.Context, Flow) (*Finding, error)
}

// Scenarios are all, in the order in which each needs those before it.
func Scenarios() []Scenario {
	return []Scenario{
		{"the token reaches applications", arrives},
		{"a rotated token reaches applications, which are served meanwhile", rotates},
		{"the NAS is away for a run of the broker", survives},
	}
}

// Run runs the scenario. The error is one of the lab: nothing is known then.
func (s Scenario) Run(ctx context.Context, f Flow) (*Finding, error) {
	if len(f.Without()) == len(f.Replaced) {
		return nil, errNoRole
	}
	finding, err := s.run(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("running the scenario %q: %w", s.Name, err)
	}
	if finding != nil {
		finding.Scenario = s.Name
	}
	return finding, nil
}
