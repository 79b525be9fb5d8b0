package lab

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

const (
	applicationExporter = "vault-health-exporter"
	exporterPort        = "9845"
	exporterAddress     = loopback + ":" + exporterPort
)

// startExporter starts the exporter's pod anew, so that its counters hold no
// failure of the start, then Prometheus, and returns when that has seen that
// the whole flow is good.
func (l *Lab) startExporter(ctx context.Context) error {
	err := l.Delete(ctx, strings.TrimSuffix(pathPods, "/")+"?labelSelector=app%3D"+applicationExporter)
	if err != nil {
		return err
	}
	err = l.rolledOut(ctx, applicationExporter)
	if err != nil {
		return err
	}
	err = l.startPrometheus(ctx)
	if err != nil {
		return err
	}
	return until(ctx, "Prometheus to see a good slot of the flow", func(ctx context.Context) error {
		good, err := l.Query(ctx, `nas_flow_slots_total{result="good"} > 0`)
		if err == nil && len(good) != 1+l.lanes {
			err = fmt.Errorf("got %d flows with a good slot, want %d", len(good), 1+l.lanes)
		}
		return err
	})
}

// rolledOut returns when a Deployment's pods are all new and ready, and the old
// ones gone, which may still answer.
func (l *Lab) rolledOut(ctx context.Context, deployment string) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	return until(ctx, "the pods of "+deployment+" to be the new ones", func(ctx context.Context) error {
		var state struct {
			Metadata struct{ Generation int }
			Spec     struct{ Replicas int }
			Status   struct{ ObservedGeneration, UpdatedReplicas, ReadyReplicas int }
		}
		err := l.ask(ctx, http.MethodGet, pathDeployments+deployment, "", nil, &state)
		if err != nil {
			return err
		}
		pods, err := l.pods(ctx, deployment)
		want, is := state.Spec.Replicas, state.Status
		if err == nil && (is.ObservedGeneration < state.Metadata.Generation || is.UpdatedReplicas != want || is.ReadyReplicas != want || len(pods) != want) {
			err = fmt.Errorf("got %d of %d new, %d ready, %d pods", is.UpdatedReplicas, want, is.ReadyReplicas, len(pods))
		}
		return err
	})
}

// pod is one pod of an application.
type pod struct {
	Name, Phase string
	// Ending says that it has been told to end.
	Ending bool
}

func (l *Lab) pods(ctx context.Context, application string) ([]pod, error) {
	var listed struct {
		Items []struct {
			Metadata struct{ Name, DeletionTimestamp string }
			Status   struct{ Phase string }
		}
	}
	err := l.Object(ctx, "api/v1", "pods", "?labelSelector=app%3D"+application, &listed)
	var all []pod
	for _, item := range listed.Items {
		all = append(all, pod{item.Metadata.Name, item.Status.Phase, item.Metadata.DeletionTimestamp != ""})
	}
	return all, err
}

// ExporterURL is where the exporter is published.
func (l *Lab) ExporterURL() string { return "http://" + exporterAddress }
