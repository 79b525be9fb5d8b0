package lab

import (
	"context"
	"fmt"
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
	_, err := l.Kubectl(ctx, "--namespace="+namespace, "delete", "pods", "--selector=app="+applicationExporter)
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
// ones gone: kubectl does not wait for those, which may still answer.
func (l *Lab) rolledOut(ctx context.Context, deployment string) error {
	_, err := l.Kubectl(ctx, "--namespace="+namespace, "rollout", "status", "deployment/"+deployment, "--timeout="+readyTimeout.String())
	if err != nil {
		return err
	}
	return until(ctx, "the old pods of "+deployment+" to be gone", func(ctx context.Context) error {
		var pods struct {
			Items []struct {
				Metadata struct{ Name, DeletionTimestamp string }
			}
		}
		err := l.Object(ctx, "api/v1", "pods", "?labelSelector=app%3D"+deployment, &pods)
		for _, pod := range pods.Items {
			if pod.Metadata.DeletionTimestamp != "" {
				err = fmt.Errorf("got pod %q still ending", pod.Metadata.Name)
			}
		}
		return err
	})
}

// ExporterURL is where the exporter is published.
func (l *Lab) ExporterURL() string { return "http://" + exporterAddress }
