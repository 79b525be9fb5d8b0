// Package event writes what became of a command as a Kubernetes Event about its
// CronJob.
package event

import (
	"context"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/config"
)

const group, resource = "api/v1", "events"

// Event is what a person reads.
type Event struct {
	// Reason is one word; there is one Kubernetes Event for each.
	Reason string
	Text   string
	// Warning says that it is not what the command is for.
	Warning bool
}

// object is a Kubernetes Event, as far as it is written and read.
type object struct {
	APIVersion     string     `json:"apiVersion"`
	Kind           string     `json:"kind"`
	Metadata       objectMeta `json:"metadata"`
	InvolvedObject objectRef  `json:"involvedObject"`
	Reason         string     `json:"reason"`
	Message        string     `json:"message"`
	Type           string     `json:"type"`
	Source         source     `json:"source"`
	FirstTimestamp string     `json:"firstTimestamp"`
	LastTimestamp  string     `json:"lastTimestamp"`
	Count          int        `json:"count"`
}

type objectMeta struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

type objectRef struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
	UID        string `json:"uid,omitempty"`
}

type source struct {
	Component string `json:"component"`
}

// Report writes an Event about the CronJob k.Broker, as component. There is one
// for each reason; a repetition counts up, as the kubelet's do, so their number
// does not grow. One that cannot be written is logged and changes nothing else:
// it is news about the command, not a part of it.
func Report(ctx context.Context, k config.Kubernetes, log step.Log, component string, what Event) {
	_ = log.Kubernetes(ctx, "write event", k, func(ctx context.Context, client upstream.Kubernetes) error {
		e := newObject(k, component, what, time.Now())
		// Without the UID `kubectl describe` does not find the Event, but
		// `kubectl get events` does.
		if cron, err := client.GetMetadata(ctx, "apis/batch/v1", "cronjobs", k.Broker.CronJob); err == nil {
			e.InvolvedObject.UID = cron.UID
		}
		err := client.Create(ctx, group, resource, e)
		if !upstream.IsConflict(err) {
			return err
		}
		var last object
		if err := client.Get(ctx, group, resource, e.Metadata.Name, &last); err != nil {
			return err
		}
		return client.Patch(ctx, group, resource, e.Metadata.Name, map[string]any{
			"involvedObject": e.InvolvedObject, "message": e.Message, "lastTimestamp": e.LastTimestamp, "count": last.Count + 1,
		})
	})
}

func newObject(k config.Kubernetes, by string, what Event, now time.Time) object {
	at := now.UTC().Format(time.RFC3339)
	e := object{
		APIVersion:     "v1",
		Kind:           "Event",
		Metadata:       objectMeta{Name: k.Broker.CronJob + "." + strings.ToLower(what.Reason), Namespace: k.Namespace},
		InvolvedObject: objectRef{APIVersion: "batch/v1", Kind: "CronJob", Namespace: k.Namespace, Name: k.Broker.CronJob},
		Reason:         what.Reason,
		Message:        what.Text,
		Type:           "Normal",
		Source:         source{Component: by},
		FirstTimestamp: at,
		LastTimestamp:  at,
		Count:          1,
	}
	if what.Warning {
		e.Type = "Warning"
	}
	return e
}
