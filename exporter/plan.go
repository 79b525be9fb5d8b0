package exporter

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/runner"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// maxSaid is how many mistakes of a flow a snapshot holds.
const maxSaid = 10

// plan is one flow as a configuration has it.
type plan struct {
	config config.Flow
	// mistakes are what is wrong with this flow.
	mistakes []config.Problem
}

// plans are the flows of what was loaded. Its error is that of a configuration
// which is wrong as a whole.
func plans(cfg *config.Config, err error) ([]plan, error) {
	var wrong *config.Error
	if err != nil && (cfg == nil || !errors.As(err, &wrong)) {
		return nil, err
	}
	var mistakes map[string][]config.Problem
	if wrong != nil {
		mistakes = wrong.ByFlow()
	}
	all := make([]plan, len(cfg.Flows))
	for i, f := range cfg.Flows {
		all[i] = plan{config: f, mistakes: mistakes[f.Name]}
	}
	return all, nil
}

// unusable reports whether no check can be made of what is written. Where only a
// file is missing, the checks say so until it is there.
func (p plan) unusable() bool {
	return slices.ContainsFunc(p.mistakes, func(m config.Problem) bool { return !m.Outside })
}

// runsAs reports whether the runner of another plan runs this one, too.
func (p plan) runsAs(other plan) bool {
	if p.unusable() && !slices.Equal(said(p.mistakes), said(other.mistakes)) {
		return false // its checks say them
	}
	return p.unusable() == other.unusable() && reflect.DeepEqual(p.config, other.config)
}

// newRunner makes the runner of a plan. Of one that cannot be used it takes
// nothing but the name, the times and which hops there are: the rest is in no
// place where it would be shown.
func newRunner(p plan, shared runner.Shared, sessions *upstream.Sessions) *runner.Runner {
	f := p.config
	planned := runner.Flow{Name: f.Name, Interval: f.Interval, Timeout: f.Timeout}
	if p.unusable() {
		planned.Hops = hop.Unusable(f, reason.Errorf(reason.Config, "reading the configuration: %s", first(p.mistakes)))
		return runner.New(planned, shared)
	}
	planned.Hops, planned.Observers, planned.Opaque = hop.Build(f, sessions), hop.Observers(f), f.Format == config.FormatOpaque
	if f.NAS.PKI != nil {
		planned.PKIRole = f.NAS.PKI.Role
	}
	return runner.New(planned, shared)
}

// first says the first mistake, with its place, and how many more there are.
func first(mistakes []config.Problem) string {
	if more := len(mistakes) - 1; more > 0 {
		return fmt.Sprintf("%s (and %d more)", mistakes[0], more)
	}
	return mistakes[0].String()
}

// said are the mistakes with their places.
func said(mistakes []config.Problem) []string {
	lines := make([]string, len(mistakes))
	for i, m := range mistakes {
		lines[i] = m.String()
	}
	return lines
}

// snapshot is the state of a flow with what is wrong with its configuration.
func (f *running) snapshot() runner.Snapshot {
	s := f.runner.Snapshot()
	found := f.mistakes
	if len(f.refused) > 0 {
		found = f.refused
	}
	s.Mistakes = runner.Mistakes{Found: said(found[:min(len(found), maxSaid)]), Effect: f.effect()}
	s.Mistakes.More = len(found) - len(s.Mistakes.Found)
	return s
}

// effect is what the mistakes of a flow lead to, "" where it has none.
func (f *running) effect() string {
	switch {
	case len(f.refused) > 0:
		return "The flow runs on with the configuration before."
	case f.unusable():
		return "Nothing of the flow is checked before that is mended and the configuration is read again."
	case len(f.mistakes) > 0:
		return "The flow is checked all the same, and what is missing is looked for again each time."
	}
	return ""
}
