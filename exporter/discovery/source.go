// Package discovery gives the exporter its flows: those of the configuration file,
// and those of the ConfigMaps that this says to look for.
package discovery

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"

	"homelab.io/vault-health-exporter/exporter/config"
)

// Source joins a file and ConfigMaps into one configuration. Its methods are called
// one after the other.
type Source struct {
	file func() (*config.Config, error)
	has  func(flow string) bool

	// base is the file as it was read last without being wrong as a whole, with what
	// is wrong with its flows.
	base     *config.Config
	mistakes []config.Problem
	// refused is what was wrong as a whole with the file that was read last.
	refused []config.Problem
	// found is the last list that was whole, by the names of the ConfigMaps, and
	// failed why there is none since.
	found  map[string]unit
	failed error

	given joined
}

// place is what a list is called in mistakes.
const place = "discovery"

// joined is what a Source gave.
type joined struct {
	config   *config.Config
	problems []config.Problem
}

// New makes a Source of a file, as config.Load reads it, and of the ConfigMaps that
// it says. Of both it has the flows of which has is true; nil is all.
func New(file func() (*config.Config, error), has func(flow string) bool) *Source {
	if has == nil {
		has = func(string) bool { return true }
	}
	return &Source{file: file, has: has}
}

// Load reads the file, and lists the ConfigMaps where it says so. Without a
// configuration, its error says what is wrong with the file as a whole, or why the
// ConfigMaps of another place than before cannot be had. With one, it is a
// *config.Error, of which what is nobody's own was left out: a list that could not
// be had, in whose place is the last one.
func (s *Source) Load(ctx context.Context) (*config.Config, error) {
	cfg, err := s.file()
	mistakes, ok := problemsOf(err)
	if cfg == nil || !ok {
		s.refused = mistakes
		return nil, err
	}
	found, failed := map[string]unit(nil), error(nil)
	if d := cfg.Discovery; d != nil {
		found, failed = s.list(ctx, *d, nil)
		moved := s.base != nil && s.base.Discovery != nil && *s.base.Discovery != *d
		switch {
		case failed != nil && moved:
			s.refused = []config.Problem{{Path: place, Text: "it was changed and not taken: " + failed.Error()}}
			return nil, &config.Error{Problems: s.refused}
		case failed != nil:
			found = s.found
		}
	}
	s.base = &config.Config{Discovery: cfg.Discovery, Flows: slices.DeleteFunc(slices.Clone(cfg.Flows), func(f config.Flow) bool { return !s.has(f.Name) })}
	s.mistakes = slices.DeleteFunc(slices.Clone(mistakes), func(p config.Problem) bool { return p.Flow != "" && !s.has(p.Flow) })
	s.refused, s.found, s.failed = nil, found, failed
	s.given = s.join()
	return s.given.config, s.given.err()
}

// Poll, which comes after a Load, lists the ConfigMaps again and reads no file. It returns what Load would, as
// far as that is known, and whether anything of it is different from what was
// returned before.
func (s *Source) Poll(ctx context.Context) (cfg *config.Config, changed bool, err error) {
	if d := s.base.Discovery; d != nil {
		found, err := s.list(ctx, *d, s.found)
		if s.failed = err; err == nil {
			s.found = found
		}
	}
	now := s.join()
	changed = !reflect.DeepEqual(now, s.given)
	s.given = now
	return now.config, changed, now.err()
}

// join puts the flows of the ConfigMaps behind those of the file, by name.
func (s *Source) join() joined {
	all := &config.Config{Discovery: s.base.Discovery, Flows: slices.Clone(s.base.Flows)}
	problems := slices.Concat(s.mistakes, s.refused)
	taken := map[string]bool{}
	for _, f := range all.Flows {
		taken[f.Name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(s.found)) {
		u := s.found[name]
		if taken[name] {
			problems = append(problems, config.Problem{Path: u.path, Text: "got the name of a flow of the configuration file, which is watched instead, want another"})
			continue
		}
		if u.flow != nil {
			all.Flows = append(all.Flows, *u.flow)
		}
		problems = append(problems, u.problems...)
	}
	if s.failed != nil {
		problems = append(problems, config.Problem{Path: place, Text: s.failed.Error()})
	}
	return joined{all, problems}
}

func (j joined) err() error {
	if len(j.problems) == 0 {
		return nil
	}
	return &config.Error{Problems: j.problems}
}

// problemsOf returns what is wrong with a file, and whether it is of single flows.
func problemsOf(err error) (problems []config.Problem, ok bool) {
	var wrong *config.Error
	switch {
	case err == nil:
		return nil, true
	case errors.As(err, &wrong):
		return wrong.Problems, true
	}
	return []config.Problem{{Text: err.Error()}}, false
}
