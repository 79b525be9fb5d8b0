// Package pager plays scrapes through the shipped rules, at the pace at which
// they are shipped, and through the routes and inhibitions of the shipped
// Alertmanager configuration: who would have been told of what, and when.
//
// Storage, engine and rules are Prometheus' own. Of Alertmanager it has the
// routes, the inhibitions and how long a route waits for a new group; it does not
// group.
package pager

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/config"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/tsdb"

	"homelab.io/vault-health-exporter/alerts"
)

// Step is the time between two scrapes, and between two evaluations of most of
// the rules.
const Step = 30 * time.Second

// Pager is a Prometheus and an Alertmanager. It is not safe for concurrent use.
type Pager struct {
	db     *tsdb.DB
	engine *promql.Engine
	groups []*rules.Group
	config *config.Config
	wanted selectors
	series map[string]*series
	scrape int

	// active are the alerts that fire, by fingerprint, and since when nothing
	// inhibits them.
	active map[model.Fingerprint]*alert
}

// alert is one that fires.
type alert struct {
	set   model.LabelSet
	free  time.Time // since when it is not inhibited; zero while it is
	told  string    // the receiver that was told
	still bool
}

// Event is what changed.
type Event struct {
	At   time.Time
	Name string
	// Hop is the label hop or endpoint; "" where there is none.
	Hop string
	// Receiver is who was told; "" where the alert only began or ceased to fire.
	Receiver string
	// Over says that it is over.
	Over bool
}

// New makes a Pager whose data is below dir.
func New(dir string) (*Pager, error) {
	files := map[string][]byte{}
	for _, name := range alerts.Names() {
		content, err := alerts.File(name)
		if err != nil {
			return nil, err
		}
		files[name] = content
	}
	return NewWith(dir, files)
}

// NewWith is New with other rules than the shipped ones in files of the same
// names, which have the same groups.
func NewWith(dir string, files map[string][]byte) (*Pager, error) {
	options := tsdb.DefaultOptions()
	options.RetentionDuration = int64(40 * 24 * time.Hour / time.Millisecond)
	db, err := tsdb.Open(filepath.Join(dir, "data"), slog.New(slog.DiscardHandler), nil, options, nil)
	if err != nil {
		return nil, fmt.Errorf("opening the storage of the pager: %w", err)
	}
	p := &Pager{
		db: db, series: map[string]*series{}, active: map[model.Fingerprint]*alert{},
		// Its queries may take as long as they take: the clock that ends them is the
		// machine's, and one that was suspended says nothing about a rule.
		engine: promql.NewEngine(promql.EngineOpts{
			MaxSamples: 50_000_000, Timeout: 30 * 24 * time.Hour, LookbackDelta: 5 * time.Minute, EnableAtModifier: true, EnableNegativeOffset: true,
			NoStepSubqueryIntervalFn: func(int64) int64 { return Step.Milliseconds() },
			Parser:                   newParsed(),
		}),
	}
	if p.config, err = config.Load(string(alerts.Alertmanager())); err == nil {
		err = p.load(dir, files)
	}
	if err != nil {
		return nil, fmt.Errorf("loading what the pager ships with: %w", err)
	}
	return p, nil
}

// load loads the rules, in the order of the files.
func (p *Pager) load(dir string, contents map[string][]byte) error {
	var files []string
	for _, name := range alerts.Names() {
		file := filepath.Join(dir, name)
		content, err := unexplained(contents[name])
		if err != nil {
			return fmt.Errorf("reading %q: %w", name, err)
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return err
		}
		files = append(files, file)
	}
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc:  rules.EngineQueryFunc(p.engine, p.db),
		Appendable: p.db,
		Context:    context.Background(),
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
		Logger:     slog.New(slog.DiscardHandler),
		Parser:     parser.NewParser(parser.Options{}),
	})
	loaded, errs := manager.LoadGroups(Step, labels.EmptyLabels(), "", nil, false, files...)
	if errs != nil {
		return errs[0]
	}
	ordered, err := alerts.Groups()
	if err != nil {
		return err
	}
	for _, g := range ordered {
		for _, candidate := range loaded {
			if candidate.Name() == g.Name {
				p.groups = append(p.groups, candidate)
			}
		}
	}
	for _, g := range p.groups {
		for _, r := range g.Rules() {
			if a, ok := r.(*rules.AlertingRule); ok {
				a.SetRestored(true)
			}
			p.wanted.add(r.Query())
		}
	}
	return nil
}

// Close ends the Pager; its folder stays.
func (p *Pager) Close() error { return p.db.Close() }

// Scrape takes what a scrape at the time at brought, nothing where the exporter
// did not answer, evaluates what is due and says what changed.
func (p *Pager) Scrape(at time.Time, families []*dto.MetricFamily) ([]Event, error) {
	if err := p.store(at, families); err != nil {
		return nil, err
	}
	for _, g := range p.groups {
		if every := int(g.Interval() / Step); p.scrape%every != 0 {
			continue
		}
		g.Eval(context.Background(), at)
		for _, r := range g.Rules() {
			if err := r.LastError(); err != nil {
				return nil, fmt.Errorf("evaluating %q at %s: %w", r.Name(), at, err)
			}
		}
	}
	p.scrape++
	return p.changes(at), nil
}

// changes compares what fires with what did, and tells.
func (p *Pager) changes(at time.Time) []Event {
	var events []Event
	var firing []model.LabelSet
	for _, g := range p.groups {
		for _, r := range g.Rules() {
			a, ok := r.(*rules.AlertingRule)
			if !ok {
				continue
			}
			for _, one := range a.ActiveAlerts() {
				if one.State != rules.StateFiring {
					continue
				}
				set := model.LabelSet{}
				one.Labels.Range(func(l labels.Label) { set[model.LabelName(l.Name)] = model.LabelValue(l.Value) })
				firing = append(firing, set)
			}
		}
	}
	slices.SortFunc(firing, func(a, b model.LabelSet) int { return strings.Compare(a.String(), b.String()) })
	for _, set := range firing {
		id := set.Fingerprint()
		if p.active[id] == nil {
			p.active[id] = &alert{set: set}
			events = append(events, p.active[id].event(at))
		}
		a := p.active[id]
		a.still = true
		if Inhibited(p.config, set, firing) {
			a.free = time.Time{}
			continue
		}
		if a.free.IsZero() {
			a.free = at
		}
		to := Route(p.config.Route, set)
		if wait := cmp.Or(to.GroupWait, p.config.Route.GroupWait); a.told == "" && at.Sub(a.free) >= time.Duration(*wait) {
			a.told = to.Receiver
			events = append(events, a.event(at))
		}
	}
	ids := slices.Sorted(maps.Keys(p.active)) // in an order that is the same every time
	for _, id := range ids {
		a := p.active[id]
		if !a.still {
			over := a.event(at)
			over.Over = true
			events = append(events, over)
			delete(p.active, id)
		}
		a.still = false
	}
	return events
}

func (a *alert) event(at time.Time) Event {
	return Event{At: at, Name: string(a.set["alertname"]), Hop: string(cmp.Or(a.set["hop"], a.set["endpoint"])), Receiver: a.told}
}
