package cycle

import (
	"context"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/config"
)

const eventGroup, eventResource = "api/v1", "events"

// event is a Kubernetes Event, as far as it is written and read.
type event struct {
	APIVersion     string     `json:"apiVersion"`
	Kind           string     `json:"kind"`
	Metadata       objectMeta `json:"metadata"`
	InvolvedObject objectRef  `json:"involvedObject"`
	Reason         string     `json:"reason"`
	Message        string     `json:"message"`
	Type           string     `json:"type"`
	Source         component  `json:"source"`
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

type component struct {
	Component string `json:"component"`
}

// report writes the result as an Event about the CronJob. There is one Event
// for each reason; a repetition counts up, as the kubelet's do, so the number
// of Events does not grow. An Event that cannot be written is logged and
// changes nothing else: it is news about the cycle, not a part of it.
func report(ctx context.Context, k config.Kubernetes, log step.Log, r Result) {
	name, text, ok := r.event()
	if !ok {
		return
	}
	_ = log.Kubernetes(ctx, "write event", k, func(ctx context.Context, client upstream.Kubernetes) error {
		e := newEvent(k, name, text, time.Now())
		// Without the UID `kubectl describe` does not find the Event, but
		// `kubectl get events` does.
		if cron, err := client.GetMetadata(ctx, "apis/batch/v1", "cronjobs", k.Broker.CronJob); err == nil {
			e.InvolvedObject.UID = cron.UID
		}
		err := client.Create(ctx, eventGroup, eventResource, e)
		if !upstream.IsConflict(err) {
			return err
		}
		var last event
		if err := client.Get(ctx, eventGroup, eventResource, e.Metadata.Name, &last); err != nil {
			return err
		}
		return client.Patch(ctx, eventGroup, eventResource, e.Metadata.Name, map[string]any{
			"involvedObject": e.InvolvedObject, "message": e.Message, "lastTimestamp": e.LastTimestamp, "count": last.Count + 1,
		})
	})
}

func newEvent(k config.Kubernetes, name, text string, now time.Time) event {
	at := now.UTC().Format(time.RFC3339)
	e := event{
		APIVersion:     "v1",
		Kind:           "Event",
		Metadata:       objectMeta{Name: k.Broker.CronJob + "." + strings.ToLower(name), Namespace: k.Namespace},
		InvolvedObject: objectRef{APIVersion: "batch/v1", Kind: "CronJob", Namespace: k.Namespace, Name: k.Broker.CronJob},
		Reason:         name,
		Message:        text,
		Type:           "Warning",
		Source:         component{Component: source},
		FirstTimestamp: at,
		LastTimestamp:  at,
		Count:          1,
	}
	if name == "TokenUpdated" {
		e.Type = "Normal"
	}
	return e
}
