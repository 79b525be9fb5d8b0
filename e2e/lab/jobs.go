package lab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// The shipped CronJobs.
const (
	CronBroker      = "nas-token-broker"
	CronHealthCheck = "nas-health-check"
	CronBackup      = "vault-backup"
	CronRotator     = "token-rotator"
)

// Job is a Job that has ended.
type Job struct {
	Succeeded bool
	// Log is what its pod printed.
	Log string
}

// RunJob runs one Job of a CronJob now and returns how it ended.
func (l *Lab) RunJob(ctx context.Context, cronJob string) (Job, error) {
	name, err := l.StartJob(ctx, cronJob)
	if err != nil {
		return Job{}, err
	}
	return l.WaitJob(ctx, name)
}

// template returns the Job that the CronJob would make, as kubectl makes it.
func (l *Lab) template(ctx context.Context, name, cronJob string) (map[string]any, error) {
	var cron struct {
		Metadata struct{ Name, UID string }
		Spec     struct {
			JobTemplate struct {
				Metadata struct{ Labels map[string]any }
				Spec     map[string]any
			}
		}
	}
	err := l.ask(ctx, http.MethodGet, pathCronJobs+cronJob, "", nil, &cron)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"apiVersion": "batch/v1", "kind": "Job",
		"metadata": map[string]any{
			"name": name, "labels": cron.Spec.JobTemplate.Metadata.Labels,
			"annotations":     map[string]any{"cronjob.kubernetes.io/instantiate": "manual"},
			"ownerReferences": []any{map[string]any{"apiVersion": "batch/v1", "kind": "CronJob", "name": cron.Metadata.Name, "uid": cron.Metadata.UID, "controller": true}},
		},
		"spec": cron.Spec.JobTemplate.Spec,
	}, nil
}

// StartJob starts one Job of a CronJob now. It is tried once only: what is to
// be seen is the first failure.
func (l *Lab) StartJob(ctx context.Context, cronJob string) (string, error) {
	name := cronJob + "-" + newID()
	job, err := l.template(ctx, name, cronJob)
	if err != nil {
		return "", err
	}
	spec, ok := job["spec"].(map[string]any)
	if !ok {
		return "", fmt.Errorf("starting a Job of CronJob %q: got one without a spec", cronJob)
	}
	spec["backoffLimit"] = 0
	return name, l.ask(ctx, http.MethodPost, pathJobs, "application/json", job, nil)
}

// jobStatus is what Kubernetes says of a Job.
type jobStatus struct {
	Conditions []struct{ Type, Status string }
}

func (s jobStatus) ended() (ended, succeeded bool) {
	for _, condition := range s.Conditions {
		if condition.Status == "True" && (condition.Type == "Complete" || condition.Type == "Failed") {
			return true, condition.Type == "Complete"
		}
	}
	return false, false
}

// WaitJob waits for the end of a Job.
func (l *Lab) WaitJob(ctx context.Context, name string) (Job, error) {
	var ended Job
	err := until(ctx, "Job "+name+" to end", func(ctx context.Context) error {
		var job struct{ Status jobStatus }
		err := l.Object(ctx, "apis/batch/v1", "jobs", name, &job)
		if err != nil {
			return err
		}
		over, succeeded := job.Status.ended()
		if !over {
			return errors.New("got it running")
		}
		ended.Succeeded = succeeded
		return nil
	})
	if err != nil {
		return Job{}, err
	}
	ended.Log, err = l.jobLog(ctx, name)
	return ended, err
}

// jobLog is what the Job's pods printed.
func (l *Lab) jobLog(ctx context.Context, name string) (string, error) {
	var pods struct {
		Items []struct {
			Metadata struct{ Name string }
		}
	}
	err := l.Object(ctx, "api/v1", "pods", "?labelSelector=job-name%3D"+name, &pods)
	if err != nil {
		return "", err
	}
	var log strings.Builder
	for _, pod := range pods.Items {
		err := l.read(ctx, pathPods+pod.Metadata.Name+"/log", &log)
		if err != nil {
			return "", err
		}
	}
	return log.String(), nil
}

// RunBroker moves the token now, by a Job of the shipped CronJob, which would
// do so at the next full minute.
func (l *Lab) RunBroker(ctx context.Context) error {
	job, err := l.RunJob(ctx, l.own(CronBroker))
	if err == nil && !job.Succeeded {
		err = fmt.Errorf("running the broker: got a failed Job: %s", job.Log)
	}
	return err
}

// SuspendBroker keeps the CronJob from moving the token, or lets it again.
func (l *Lab) SuspendBroker(ctx context.Context, suspended bool) error {
	return l.Merge(ctx, l.PathCronJob(), map[string]any{"spec": map[string]any{"suspend": suspended}})
}

// FailBroker makes the Jobs of the broker's CronJob fail and runs one.
func (l *Lab) FailBroker(ctx context.Context) error {
	err := l.brokerCommand(ctx, "no-such-command")
	if err == nil {
		err = l.brokerIsIdle(ctx)
	}
	if err != nil {
		return err
	}
	job, err := l.RunJob(ctx, l.own(CronBroker))
	if err == nil && job.Succeeded {
		err = fmt.Errorf("running the broker with a wrong command: got a Job that succeeded")
	}
	return err
}

// brokerIsIdle waits for the end of the broker's Jobs: of one that began before a
// fault the success would come after it.
func (l *Lab) brokerIsIdle(ctx context.Context) error {
	return until(ctx, "the broker's Jobs to end", func(ctx context.Context) error {
		var jobs struct {
			Items []struct {
				Metadata struct{ Name string }
				Status   jobStatus
			}
		}
		err := l.ask(ctx, http.MethodGet, pathJobs, "", nil, &jobs)
		for _, job := range jobs.Items {
			if ended, _ := job.Status.ended(); !ended && strings.HasPrefix(job.Metadata.Name, l.own(CronBroker)+"-") {
				err = fmt.Errorf("got %q running", job.Metadata.Name)
			}
		}
		return err
	})
}

// RepairBroker undoes FailBroker; the next Job succeeds.
func (l *Lab) RepairBroker(ctx context.Context) error { return l.brokerCommand(ctx, "cycle") }

// brokerCommand sets the first argument of the broker's Jobs.
func (l *Lab) brokerCommand(ctx context.Context, command string) error {
	return l.ask(ctx, http.MethodPatch, l.PathCronJob(), "application/json-patch+json", []map[string]any{
		{"op": "replace", "path": "/spec/jobTemplate/spec/template/spec/containers/0/args/0", "value": command},
	}, nil)
}
