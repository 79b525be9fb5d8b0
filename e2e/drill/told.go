package drill

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// holdBound is for how long a fault stays whose pager is waited for: ten minutes
// of production, so that what would be told late, or twice, is told.
const holdBound = 10 * time.Minute / lab.AlertScale

// resolveBound is how long a resolution may take: keep_firing_for and the
// group's interval, 10m and 30m, on the lab's clock, and a few evaluations.
const resolveBound = (10*time.Minute+30*time.Minute)/lab.AlertScale + 20*time.Second

// hold keeps a fault until the pager was told of it, and looks that nothing else
// fires or is told meanwhile.
func (e *Engine) hold(ctx context.Context, r *Result, began time.Time) error {
	want, err := expect(*r.Fault.Lab)
	if err != nil {
		return err
	}
	before, err := e.firing(ctx, time.Since(began)+5*time.Second)
	if err != nil {
		return err
	}
	told, err := e.notified(ctx, began, Slack*want.within, func(all []lab.Notification) bool { return subset(want.told, firing(all)) })
	if err != nil {
		return err
	}
	if !subset(want.told, firing(told)) {
		r.problem("got the pager told of %q within %s, want %q", firing(told), Slack*want.within, want.told)
	}
	for _, n := range told {
		if slices.Contains(want.told, title(n)) {
			r.Told = n.Received.Sub(began)
		}
	}
	rest := time.NewTimer(time.Until(began.Add(holdBound)))
	defer rest.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-rest.C:
	}
	told, err = e.notified(ctx, began, 0, func([]lab.Notification) bool { return true })
	if err != nil {
		return err
	}
	if over := ended(told); slices.ContainsFunc(want.told, func(title string) bool { return slices.Contains(over, title) }) {
		r.problem("got the pager told of the end of %q while it lasts", over)
	}
	now, err := e.firing(ctx, time.Since(began))
	for _, name := range now {
		if !slices.Contains(r.Fault.Lab.Alerts, name) && !slices.Contains(before, name) {
			r.problem("got the alert %s, want none but %q", name, r.Fault.Lab.Alerts)
		}
	}
	return err
}

// over waits until the pager was told that a fault is over, and holds all that it
// was told against what it should have been. grouped says that the route of tickets
// may have had a group of the flow already.
func (e *Engine) over(ctx context.Context, r *Result, began, undone time.Time, grouped bool) error {
	want, err := expect(*r.Fault.Lab)
	if err != nil {
		return err
	}
	told, err := e.notified(ctx, began, Slack*resolveBound, func(all []lab.Notification) bool { return subset(want.told, ended(all)) })
	if err != nil {
		return err
	}
	if got := ended(told); !subset(want.told, got) {
		r.problem("got the pager told of the end of %q within %s, want %q", got, Slack*resolveBound, want.told)
	}
	got := firing(told)
	if grouped {
		got = slices.DeleteFunc(got, func(title string) bool { return early(title, want.told, r.Fault.Lab.Alerts) })
	}
	if !slices.Equal(got, want.told) {
		r.problem("got the pager told of %q, want exactly %q", got, want.told)
	}
	for _, n := range told {
		if n.Status == "resolved" && slices.Contains(want.told, title(n)) {
			r.Ended = n.Received.Sub(undone)
		}
	}
	return nil
}

// silent is for how long nothing has to have fired: a few evaluations.
const silent = 5 * time.Second

// resent is for how long Prometheus goes on to tell Alertmanager of an alert that has
// ended. As long there is a group of the route, which is flushed at any time, also
// before the page fires that would have held a ticket back.
const resent = 15 * time.Minute

// early says whether a title is of a ticket that the fault raises, and that a page
// would have held back, had the route had no group.
func early(title string, want, raised []string) bool {
	ticket, is := strings.CutPrefix(title, "ticket/")
	alert, _, _ := strings.Cut(ticket, " ")
	return is && !slices.Contains(want, title) && slices.Contains(raised, alert)
}

// silence returns when no alert of the flow fires any more: one that is kept firing
// after its outage, and was held back by a page while it lasted, would be told
// during the next.
func (e *Engine) silence(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, Slack*resolveBound)
	defer cancel()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		names, err := e.remembered(ctx, silent)
		if err != nil || len(names) == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w; got %q", ctx.Err(), names)
		case <-tick.C:
		}
	}
}

// remembered are the alerts that fired at some time of the last d, but for those
// that stand.
func (e *Engine) remembered(ctx context.Context, d time.Duration) ([]string, error) {
	names, err := e.firing(ctx, d)
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(chaos.Standing(), name) }), err
}

// firing are the alerts of the flow that fired at some time of the last d, but for
// the objectives and for what stands whatever happens.
func (e *Engine) firing(ctx context.Context, d time.Duration) ([]string, error) {
	fired, err := e.Lab.Query(ctx, fmt.Sprintf(`count by (alertname) (max_over_time(ALERTS{alertstate="firing",scope!="slo",flow=~"%s|"}[%dms]))`, e.Lab.Flow(), d.Milliseconds()))
	var names []string
	for _, sample := range fired {
		name := string(sample.Metric["alertname"])
		if _, standing := alerts.Unreachable()[name]; !standing {
			names = append(names, name)
		}
	}
	return names, err
}

// notified waits until what the pager was told of the flow since then is enough,
// and returns it also where it never is. Left out are the dead-man's switch, which
// always tells, and the objectives, whose windows reach back further than the lab
// is old: with nothing good before it, any outage is all that they see. Those are
// proven on simulated months, in alerts/.
func (e *Engine) notified(ctx context.Context, since time.Time, bound time.Duration, enough func([]lab.Notification) bool) ([]lab.Notification, error) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	began := time.Now()
	for {
		all, err := e.Lab.Notifications(ctx, since)
		if err != nil {
			return nil, err
		}
		all = slices.DeleteFunc(all, func(n lab.Notification) bool {
			return n.Receiver == "dead-man" || n.Labels["scope"] == "slo" || n.Labels["flow"] != "" && n.Labels["flow"] != e.Lab.Flow()
		})
		if enough(all) || time.Since(began) > bound {
			return all, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}

// title is what a person reads first: RECEIVER/ALERT, and the hop or the
// endpoint where the alert's name alone does not say it.
func title(n lab.Notification) string {
	where := cmp.Or(n.Labels["hop"], n.Labels["endpoint"])
	return strings.TrimSpace(fmt.Sprintf("%s/%s %s", n.Receiver, n.Labels["alertname"], where))
}

// firing returns the titles of what fired, each once.
func firing(all []lab.Notification) []string {
	var titles []string
	for _, n := range all {
		if n.Status == "firing" {
			titles = append(titles, title(n))
		}
	}
	slices.Sort(titles)
	return slices.Compact(titles)
}

// ended returns the titles whose last notification is of the end. Alertmanager
// also tells the end of what was inhibited all along, with the next message to
// the same receiver.
func ended(all []lab.Notification) []string {
	last := map[string]string{}
	for _, n := range all {
		last[title(n)] = n.Status
	}
	maps.DeleteFunc(last, func(_, status string) bool { return status != "resolved" })
	return slices.Sorted(maps.Keys(last))
}

func subset(want, got []string) bool {
	return !slices.ContainsFunc(want, func(name string) bool { return !slices.Contains(got, name) })
}
