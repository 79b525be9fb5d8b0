package exporter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
)

// errMistakes says that a configuration was taken but for flows with a mistake.
var errMistakes = errors.New("flows with a mistake were left as they were before, or are not checked; all others were taken")

// Run loads the configuration and runs its flows until ctx ends; it returns
// when no check is left running. Meanwhile it polls what changes without a reload.
// Its error is that of a first configuration that is wrong as a whole.
func (e *Exporter) Run(ctx context.Context) error {
	e.reloading.Lock()
	e.ctx, e.polling = ctx, time.NewTimer(0)
	e.polling.Stop()
	err := e.reload()
	e.reloading.Unlock()
	if err != nil && !errors.Is(err, errMistakes) {
		return err
	}
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-e.polling.C:
			e.poll()
		}
	}
	e.reloading.Lock()
	defer e.reloading.Unlock()
	for _, f := range e.sorted() {
		<-f.done
	}
	return nil
}

// Reload loads the configuration again and applies the difference: a flow that
// did not change keeps its counters and its schedule. A configuration that is
// wrong as a whole changes nothing; a mistake in one flow changes nothing in this
// flow, if it runs without one. The error lists every mistake with its place.
// Before Run it does nothing: Run is about to load.
func (e *Exporter) Reload() error {
	e.reloading.Lock()
	defer e.reloading.Unlock()
	if e.ctx == nil {
		return nil
	}
	return e.reload()
}

func (e *Exporter) reload() error {
	cfg, err := e.source.Load(e.ctx)
	e.metrics.Reloaded(err == nil, time.Now())
	all, wrong := plans(cfg, err)
	if wrong != nil {
		e.log.Error("configuration not loaded; what ran before goes on", "error", wrong)
		return wrong
	}
	e.pollLater(cfg)
	e.planned = all
	e.take(err, nil)
	if err != nil {
		return fmt.Errorf("%w:\n%w", errMistakes, err)
	}
	return nil
}

// poll applies what has changed since, and says of mistakes those that are new. What
// is listed at our own end says nothing.
func (e *Exporter) poll() {
	e.reloading.Lock()
	defer e.reloading.Unlock()
	cfg, changed, err := e.source.Poll(e.ctx)
	if e.ctx.Err() != nil {
		return
	}
	e.pollLater(cfg)
	e.metrics.Reloaded(err == nil, time.Now())
	if all, wrong := plans(cfg, err); changed && wrong == nil {
		e.planned = all
		e.take(err, e.said)
	}
}

// pollLater has the source polled after its interval, if there is one.
func (e *Exporter) pollLater(cfg *config.Config) {
	e.polling.Stop()
	if cfg.Discovery != nil {
		e.polling.Reset(cfg.Discovery.Interval)
	}
}

// take applies what is planned, and says what is wrong with it and, in err, with the
// whole, but for what was said before.
func (e *Exporter) take(err error, before map[string]string) {
	started, stopped := e.apply()
	mistaken := e.say(err, before)
	e.log.Info("configuration loaded", "flows", len(e.planned), "started", started, "stopped", stopped, "mistaken", mistaken)
}

// apply runs what is planned, nothing while the exporter stands by.
func (e *Exporter) apply() (started, stopped int) {
	wanted := map[string]plan{}
	for _, p := range e.planned {
		if !e.standby {
			wanted[p.config.Name] = p
		}
	}
	var ending []*running
	for _, old := range e.sorted() {
		p, found := wanted[old.config.Name]
		next := *old
		next.refused = nil
		switch {
		case found && p.runsAs(old.plan):
			next.plan = p
		case found && len(p.mistakes) > 0 && len(old.mistakes) == 0:
			next.refused = p.mistakes
		default:
			old.cancel() // all of them before the first is waited for: each may log out
			ending = append(ending, old)
			continue
		}
		e.put(&next)
		delete(wanted, old.config.Name)
	}
	for _, old := range ending {
		e.stop(old)
	}
	for _, p := range e.planned {
		if _, fresh := wanted[p.config.Name]; fresh {
			e.start(p)
			started++
		}
	}
	e.mu.Lock()
	e.loaded = true
	e.mu.Unlock()
	return started, len(ending)
}

// effect is what the mistakes of a plan lead to.
func (e *Exporter) effect(p plan) string {
	if f := e.find(p.config.Name); f != nil {
		return f.effect()
	}
	return "The flow is not checked here: this exporter stands by."
}

// say logs the mistakes of flows, and in err those of nobody, that were not said
// before. It returns how many flows have one.
func (e *Exporter) say(err error, before map[string]string) (mistaken int) {
	e.said = map[string]string{}
	fresh := func(flow string, mistakes []config.Problem) bool {
		if len(mistakes) > 0 {
			e.said[flow] = first(mistakes)
		}
		return e.said[flow] != before[flow] && len(mistakes) > 0
	}
	for _, p := range e.planned {
		if len(p.mistakes) > 0 {
			mistaken++
		}
		if fresh(p.config.Name, p.mistakes) {
			e.log.Error("flow has a mistake in its configuration", "flow", p.config.Name, "effect", e.effect(p), "error", first(p.mistakes))
		}
	}
	var wrong *config.Error
	if errors.As(err, &wrong) && fresh("", wrong.OfNobody()) {
		e.log.Error("a part of the configuration was not taken", "error", e.said[""])
	}
	return mistaken
}

// put lets readers see a flow as it is now; what they have got already stays as
// it was.
func (e *Exporter) put(f *running) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.flows[f.config.Name] = f
}

func (e *Exporter) start(p plan) {
	ctx, cancel := context.WithCancel(e.ctx)
	started := &running{plan: p, runner: newRunner(p, e.shared, e.sessions), cancel: cancel, done: make(chan struct{})}
	e.put(started)
	go func() {
		defer close(started.done)
		started.runner.Run(ctx)
	}()
}

// stop waits for the end of a flow that was canceled, and deletes its series once
// none of its checks can write to them any more.
func (e *Exporter) stop(f *running) {
	<-f.done
	e.mu.Lock()
	delete(e.flows, f.config.Name)
	e.mu.Unlock()
	f.runner.Remove()
}
