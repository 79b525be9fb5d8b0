package stranger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"homelab.io/vault-health-exporter/e2e/drill"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// arrives has the broker run once and waits for the flow to be good.
func arrives(ctx context.Context, f Flow) (*Finding, error) {
	_, failed, err := f.run(ctx, lab.CronBroker)
	if err != nil {
		return nil, err
	}
	return f.good(ctx, failed)
}

// rotates rotates the token by the rotation's own Job, has the broker run, and
// wants every use of an application to be served: one that reads the Secret when
// it needs the token has always one that works.
func rotates(ctx context.Context, f Flow) (*Finding, error) {
	before, err := f.Lab.Present(ctx)
	if err != nil {
		return nil, err
	}
	traffic, err := drill.StartTraffic(ctx, f.Lab, drill.Period)
	if err != nil {
		return nil, err
	}
	_, failed, err := f.run(ctx, lab.CronRotator)
	if err == nil {
		_, _, err = f.run(ctx, lab.CronBroker)
	}
	if err != nil {
		traffic.Stop()
		return nil, err
	}
	finding, err := f.good(ctx, failed)
	uses := traffic.Stop()
	if err != nil {
		return nil, err
	}
	after, err := f.Lab.Present(ctx)
	switch {
	case err != nil:
		return nil, err
	case len(uses.Failed) > 0:
		refused := f.finding("", "token revoked", fmt.Sprintf("%d of %d uses by an application that reads the Secret failed during the rotation, the first %s",
			len(uses.Failed), uses.Outside, uses.Failed[0]))
		return &refused, nil
	case finding == nil && after == before:
		same := f.finding("", "token expired", "the rotation's Job has ended, and the NAS has the token that it had")
		return &same, nil
	}
	return finding, nil
}

// survives has the broker run while the NAS is away, and wants the copy that
// applications live on to stay.
func survives(ctx context.Context, f Flow) (*Finding, error) {
	if err := f.Lab.Cut(f.Lab.Links()...); err != nil {
		return nil, err
	}
	_, _, runErr := f.run(ctx, lab.CronBroker)
	mended := f.Lab.Mend(f.Lab.Links()...)
	if err := errors.Join(runErr, mended); err != nil {
		return nil, err
	}
	kept, err := f.Lab.MainCopy(ctx)
	if err != nil {
		return nil, err
	}
	now, err := f.Lab.Present(ctx)
	if err != nil {
		return nil, err
	}
	if kept.Token != now {
		lost := f.finding("", "main_kv malformed", "a run of the broker without the NAS has overwritten the copy that applications live on")
		return &lost, nil
	}
	return f.good(ctx, "")
}

// jobBound is how long a Job may take on a machine with nothing else to do.
const jobBound = time.Minute

// run runs one Job of a CronJob; failed is what it said where it did not succeed.
func (f Flow) run(ctx context.Context, cronJob string) (log, failed string, err error) {
	ctx, cancel := context.WithTimeout(ctx, drill.Slack*jobBound)
	defer cancel()
	job, err := f.Lab.RunJob(ctx, cronJob)
	switch {
	case errors.Is(err, context.DeadlineExceeded): // the pod that nobody may start, say
		return "", fmt.Sprintf("%s's Job did not end within %s", cronJob, drill.Slack*jobBound), nil
	case err == nil && !job.Succeeded:
		failed = cronJob + "'s Job failed"
	}
	return job.Log, failed, err
}

// good waits for the flow to be good. Where it does not get so, the finding is
// what the exporter blames.
func (f Flow) good(ctx context.Context, failed string) (*Finding, error) {
	state, err := f.Engine.Steady(ctx)
	if err == nil {
		return nil, nil
	}
	if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	why := "the flow does not get good: " + state.String()
	if failed != "" {
		why = failed + ", and " + why
	}
	if state.Blame == "" && len(state.Down) > 0 {
		state.Blame = state.Down[0] + " unknown"
	}
	finding := f.finding("", state.Blame, why)
	return &finding, nil
}
