package drill

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// memory is how long after a fault its pages may fire: the windows of their
// expressions and what they are kept firing for, half an hour of production, on
// the lab's clock.
const memory = 2 * time.Minute

// pages are the names of the pages that fired at some time of the last d, but
// for the objectives', whose windows are longer than the lab is old.
func (e *Engine) pages(ctx context.Context, d time.Duration) ([]string, error) {
	fired, err := e.Lab.Query(ctx, fmt.Sprintf(`count by (alertname) (max_over_time(ALERTS{alertstate="firing",severity="critical",scope!="slo",flow=~"%s|"}[%dms]))`, e.Lab.Flow(), max(d, 5*time.Second).Milliseconds()))
	var names []string
	for _, sample := range fired {
		names = append(names, string(sample.Metric["alertname"]))
	}
	return names, err
}

// falsePages adds the pages that neither this fault raises, nor one shortly
// before it.
func (e *Engine) falsePages(ctx context.Context, r *Result, before []string, took time.Duration) error {
	fired, err := e.pages(ctx, took)
	if err != nil {
		return err
	}
	now := time.Now()
	if e.raised == nil {
		e.raised = map[string]time.Time{}
	}
	for _, name := range fired {
		if !slices.Contains(r.Fault.Lab.Alerts, name) && !slices.Contains(before, name) && now.After(e.raised[name]) {
			r.Pages = append(r.Pages, name)
		}
	}
	for _, name := range r.Fault.Lab.Alerts {
		e.raised[name] = now.Add(memory)
	}
	return nil
}
