package lab

import (
	"context"
	"net/http"
	"time"
)

// The schedules of the brokers: every minute, which is the shortest period that
// Kubernetes knows, and for lanes one that does not come up.
const (
	shippedSchedule = "* * * * *"
	laneSchedule    = "0 0 29 2 *"
)

// period is that of a broker's Jobs.
const period = time.Minute

// Schedule is that of the broker's CronJob while nothing is broken.
func (l *Lab) Schedule() string {
	if l.Shipped() {
		return shippedSchedule
	}
	return laneSchedule
}

// keepSchedule starts the Jobs of the lanes' brokers, once a minute and one lane
// after another, until ctx ends: Kubernetes would start all of them in the same
// second, and whatever has to be in time then would not be.
func (l *Lab) keepSchedule(ctx context.Context) {
	if l.lanes == 0 {
		return
	}
	tick := time.NewTicker(period / time.Duration(l.lanes))
	defer tick.Stop()
	for lane := 0; ; lane++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		view := l.Lane(1 + lane%l.lanes)
		var cron struct {
			Spec struct {
				Suspend  bool
				Schedule string
			}
		}
		// What fails here is as a CronJob whose time was missed: its next one comes.
		err := l.ask(ctx, http.MethodGet, view.PathCronJob(), "", nil, &cron)
		if err == nil && !cron.Spec.Suspend && cron.Spec.Schedule == laneSchedule {
			_ = view.startScheduled(ctx)
		}
	}
}

func (l *Lab) startScheduled(ctx context.Context) error {
	job, err := l.template(ctx, l.own(CronBroker)+"-"+newID(), l.own(CronBroker))
	if err != nil {
		return err
	}
	return l.ask(ctx, http.MethodPost, pathJobs, "application/json", job, nil)
}
