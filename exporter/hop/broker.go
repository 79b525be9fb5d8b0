package hop

import (
	"context"
	"slices"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// cronJobObject is the part of a CronJob that is read.
type cronJobObject struct {
	Metadata struct {
		UID string `json:"uid"`
	} `json:"metadata"`
	Spec struct {
		Suspend bool `json:"suspend"`
	} `json:"spec"`
	Status struct {
		LastSuccessfulTime time.Time `json:"lastSuccessfulTime"`
	} `json:"status"`
}

// jobList is the part of a list of Jobs that is read.
type jobList struct {
	Items []jobObject `json:"items"`
}

type jobObject struct {
	Metadata struct {
		CreationTimestamp time.Time `json:"creationTimestamp"`
		OwnerReferences   []struct {
			UID string `json:"uid"`
		} `json:"ownerReferences"`
	} `json:"metadata"`
	Status struct {
		Conditions []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"conditions"`
	} `json:"status"`
}

// Broker checks that the CronJob which moves the token runs and succeeds.
func Broker(cfg config.Kubernetes) Check {
	return func(ctx context.Context) (r Reading, err error) {
		client, err := upstream.OpenKubernetes(cfg, &r.Trace)
		if err != nil {
			return r, err
		}
		defer client.Close()
		var cron cronJobObject
		err = client.Get(ctx, "apis/batch/v1", "cronjobs", cfg.Broker.CronJob, &cron)
		if err != nil {
			return r, err
		}
		r.Broker = &BrokerState{LastSuccess: cron.Status.LastSuccessfulTime}
		if cron.Spec.Suspend {
			return r, reason.Errorf(reason.Suspended, "reading CronJob %q: got it suspended", cfg.Broker.CronJob)
		}
		var jobs jobList
		err = client.Get(ctx, "apis/batch/v1", "jobs", "", &jobs)
		if err != nil {
			return r, err
		}
		return r, judgeBroker(*cfg.Broker, cron, jobs, time.Now())
	}
}

// judgeBroker looks at the newest Job only: an older failure that a later
// success has mended stays in the list until it is collected.
func judgeBroker(cfg config.Broker, cron cronJobObject, jobs jobList, now time.Time) error {
	own := slices.DeleteFunc(jobs.Items, func(j jobObject) bool {
		return len(j.Metadata.OwnerReferences) == 0 || j.Metadata.OwnerReferences[0].UID != cron.Metadata.UID
	})
	if len(own) > 0 {
		newest := slices.MaxFunc(own, func(a, b jobObject) int {
			return a.Metadata.CreationTimestamp.Compare(b.Metadata.CreationTimestamp)
		})
		if newest.failed() {
			return reason.Errorf(reason.JobFailed, "reading the newest Job of CronJob %q: got it failed", cfg.CronJob)
		}
	}
	if age := now.Sub(cron.Status.LastSuccessfulTime); age > cfg.MaxAge {
		return reason.Errorf(reason.Stale, "reading CronJob %q: got no success within %s", cfg.CronJob, cfg.MaxAge)
	}
	return nil
}

func (j jobObject) failed() bool {
	for _, c := range j.Status.Conditions {
		if c.Type == "Failed" && c.Status == "True" {
			return true
		}
	}
	return false
}
