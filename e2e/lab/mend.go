package lab

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// MendToken makes all copies of the token good again, whatever became of them
// and of the token: the one that the NAS Vault offers where that still works, or
// a new one.
func (l *Lab) MendToken(ctx context.Context) error {
	offered, err := l.Present(ctx)
	if err == nil && l.Lookup(ctx, offered) == nil {
		err = l.Adopt(ctx)
	} else {
		err = l.offerNew(ctx)
	}
	if err != nil {
		return err
	}
	err = l.RestoreTokenFile(ctx)
	if err != nil {
		return err
	}
	err = l.sweepRoots(ctx)
	if err != nil {
		return err
	}
	moved, err := l.token()
	if err != nil {
		return err
	}
	copied, err := l.MainCopy(ctx)
	if err != nil || copied.Token != moved.Value {
		err = l.RunBroker(ctx)
	}
	if err != nil {
		return err
	}
	return l.StoreFallback(ctx)
}

// offerNew makes a new token and offers it.
func (l *Lab) offerNew(ctx context.Context) error {
	fresh, err := l.newRootToken(ctx)
	if err != nil {
		return err
	}
	err = l.writeToken(ctx, fresh, "")
	if err != nil {
		return err
	}
	return l.keepToken(fresh)
}

// sweepRoots revokes the root tokens but the administrator's and the flow's:
// those that a rotation made which was interrupted.
func (l *Lab) sweepRoots(ctx context.Context) error {
	own, err := l.nas.client.Auth().Token().LookupSelfWithContext(ctx)
	if err != nil {
		return fmt.Errorf("looking up the administrator's token: %w", err)
	}
	accessor, err := own.TokenAccessor()
	if err != nil {
		return err
	}
	moved, err := l.token()
	if err != nil {
		return err
	}
	return l.RevokeOtherRoots(ctx, []string{accessor, moved.Accessor})
}

// OfferAgain offers the flow's own token, after its secret in the NAS Vault was
// deleted, destroyed or overwritten.
func (l *Lab) OfferAgain(ctx context.Context) error {
	moved, err := l.token()
	if err != nil {
		return err
	}
	offered, err := l.Present(ctx)
	if err == nil && offered == moved.Value {
		return nil
	}
	return l.writeToken(ctx, moved, "")
}

// Settle does what a person does for a copier that would try again later by
// itself: it runs the broker whose newest Job failed, and lets External Secrets
// look now.
func (l *Lab) Settle(ctx context.Context) error {
	failed, err := l.brokerFailed(ctx)
	if err == nil && failed {
		err = l.RunBroker(ctx)
	}
	if err != nil {
		return err
	}
	state, err := l.external(ctx)
	if err != nil || state.ready() {
		return err
	}
	return l.SyncSecret(ctx)
}

// brokerFailed says whether the newest Job of the broker's CronJob failed.
func (l *Lab) brokerFailed(ctx context.Context) (bool, error) {
	var jobs struct {
		Items []struct {
			Metadata struct {
				Name              string
				CreationTimestamp time.Time
			}
			Status struct{ Conditions []condition }
		}
	}
	err := l.ask(ctx, http.MethodGet, pathJobs, "", nil, &jobs)
	if err != nil {
		return false, err
	}
	var newest time.Time
	failed := false
	for _, job := range jobs.Items {
		if !strings.HasPrefix(job.Metadata.Name, l.own(CronBroker)+"-") || job.Metadata.CreationTimestamp.Before(newest) {
			continue
		}
		newest, failed = job.Metadata.CreationTimestamp, false
		for _, c := range job.Status.Conditions {
			failed = failed || c.Type == "Failed" && c.Status == "True"
		}
	}
	return failed, nil
}
