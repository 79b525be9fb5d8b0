package hop

import (
	"context"
	"slices"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// cronJobObject is the part of a CronJob that is read.
type cronJobObject struct {
	Metadata struct {
		UID               string    `json:"uid"`
		CreationTimestamp time.Time `json:"creationTimestamp"`
	} `json:"metadata"`
	Spec struct {
		Suspend     bool `json:"suspend"`
		JobTemplate struct {
			Metadata struct {
				Labels map[string]string `json:"labels"`
			} `json:"metadata"`
		} `json:"jobTemplate"`
	} `json:"spec"`
	Status struct {
		LastSuccessfulTime time.Time `json:"lastSuccessfulTime"`
	} `json:"status"`
}

// jobObject is the part of a Job that is read.
type jobObject struct {
	Metadata struct {
		CreationTimestamp time.Time `json:"creationTimestamp"`
		OwnerReferences   []struct {
			UID string `json:"uid"`
		} `json:"ownerReferences"`
	} `json:"metadata"`
	Status struct {
		CompletionTime time.Time   `json:"completionTime"`
		Conditions     []condition `json:"conditions"`
	} `json:"status"`
}

// condition is the part of an object's condition that is read.
type condition struct {
	Type   string `json:"type"`
	Status string `json:"status"`
}

// Broker checks that the CronJob which moves the token runs and succeeds.
func Broker(cluster *upstream.KubernetesServer) Check {
	cfg := cluster.Config
	return func(ctx context.Context) (r Reading, err error) {
		client, err := cluster.Open(ctx, &r.Trace)
		if err != nil {
			return r, err
		}
		defer client.Close()
		var cron cronJobObject
		err = client.Get(ctx, "apis/batch/v1", "cronjobs", cfg.Broker.CronJob, &cron)
		if err != nil {
			return r, err
		}
		succeeded := func(last time.Time) {
			r.Broker = &BrokerState{LastSuccess: last}
			r.found(catalogue.Moment(catalogue.BrokerLastSuccess, last))
		}
		succeeded(cron.Status.LastSuccessfulTime)
		if cron.Spec.Suspend {
			return r, reason.Errorf(reason.Suspended, "reading CronJob %q: got it suspended", cfg.Broker.CronJob)
		}
		runs := brokerRuns{cron: cron, success: cron.Status.LastSuccessfulTime}
		err = upstream.List(ctx, client, "apis/batch/v1", "jobs", cron.Spec.JobTemplate.Metadata.Labels, runs.add)
		if err != nil {
			return r, err
		}
		succeeded(runs.success)
		return r, runs.judge(*cfg.Broker, time.Now())
	}
}

// brokerRuns is what the Jobs of a CronJob say together.
type brokerRuns struct {
	cron    cronJobObject
	newest  jobObject
	success time.Time // of the last Job that is known to have succeeded
}

// add takes a Job of the CronJob into account, and nobody else's. One that a
// person ran by hand counts as well, which the CronJob's own status leaves out.
func (b *brokerRuns) add(j jobObject) {
	own := false
	for _, owner := range j.Metadata.OwnerReferences {
		own = own || owner.UID == b.cron.Metadata.UID
	}
	if !own {
		return
	}
	if !j.Metadata.CreationTimestamp.Before(b.newest.Metadata.CreationTimestamp) {
		b.newest = j
	}
	ended := j.Status.CompletionTime
	if ended.IsZero() {
		ended = j.Metadata.CreationTimestamp
	}
	if isTrue(j.Status.Conditions, "Complete") && ended.After(b.success) {
		b.success = ended
	}
}

// judge looks at the newest Job only: an older failure that a later success has
// mended stays in the list until it is collected. A CronJob that has not
// succeeded yet has the same time for that, from its creation on.
func (b *brokerRuns) judge(cfg config.Broker, now time.Time) error {
	if isTrue(b.newest.Status.Conditions, "Failed") {
		return reason.Errorf(reason.JobFailed, "reading the newest Job of CronJob %q: got it failed", cfg.CronJob)
	}
	since := b.success
	if since.IsZero() {
		since = b.cron.Metadata.CreationTimestamp
	}
	if now.Sub(since) > cfg.MaxAge {
		return reason.Errorf(reason.Stale, "reading CronJob %q: got no success within %s", cfg.CronJob, cfg.MaxAge)
	}
	return nil
}

func isTrue(conditions []condition, kind string) bool {
	return slices.Contains(conditions, condition{Type: kind, Status: "True"})
}
