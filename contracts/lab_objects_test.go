//go:build pact && e2e

package contracts_test

import (
	"context"
	"fmt"
	"net/http"

	"homelab.io/vault-health-exporter/contracts"
)

// objects puts the objects of the flow into a state; leave undoes it.
func (h *labHome) objects(ctx context.Context, state contracts.State) (leave func() error, err error) {
	if fault, ok := faults[state]; ok {
		return h.breaks(ctx, fault)
	}
	later := context.WithoutCancel(ctx)
	switch state {
	case contracts.CronJobMissing:
		return func() error { return h.runBroker(later) }, h.deleteAndWait(ctx, cronObject, batch+"jobs/contract-success")
	case contracts.JobFailed:
		return func() error { return h.kube.call(later, http.MethodDelete, batch+"jobs/contract-failure", nil, nil) }, h.failJob(ctx)
	case contracts.ExternalNotReady:
		return h.notReady(ctx)
	case contracts.ExternalMissing:
		return h.withoutExternal(ctx)
	case contracts.EventMissing:
		err := h.kube.call(ctx, http.MethodDelete, eventObject, nil, nil)
		if refusedWith(err, http.StatusNotFound) {
			err = nil
		}
		return nil, err
	case contracts.EventThere:
		err := h.kube.call(ctx, http.MethodPost, inNamespace+"events", map[string]any{
			"metadata":       map[string]any{"name": "nas-token-broker.tokenupdated"},
			"involvedObject": map[string]any{"kind": "CronJob", "namespace": "nas-integration", "name": contracts.Broker},
			"reason":         "TokenUpdated", "type": "Normal", "count": 1,
		}, nil)
		if refusedWith(err, http.StatusConflict) {
			err = nil
		}
		return nil, err
	}
	return nil, nil
}

// failJob runs a Job of the CronJob whose command fails.
func (h *labHome) failJob(ctx context.Context) error {
	var cron struct {
		Spec struct {
			JobTemplate struct {
				Spec struct {
					Template struct {
						Spec struct{ Containers []struct{ Image string } }
					}
				}
			}
		}
	}
	if err := h.kube.call(ctx, http.MethodGet, cronObject, nil, &cron); err != nil {
		return err
	}
	return h.runJob(ctx, "contract-failure", cron.Spec.JobTemplate.Spec.Template.Spec.Containers[0].Image, "--no-such-flag")
}

// deleteAndWait deletes objects and returns when they are gone.
func (h *labHome) deleteAndWait(ctx context.Context, paths ...string) error {
	for _, path := range paths {
		err := h.kube.call(ctx, http.MethodDelete, path, map[string]any{"propagationPolicy": "Background"}, nil)
		if err != nil && !refusedWith(err, http.StatusNotFound) {
			return err
		}
		err = until(ctx, func() error {
			err := h.kube.call(ctx, http.MethodGet, path, nil, nil)
			switch {
			case refusedWith(err, http.StatusNotFound):
				return nil
			case err == nil:
				return fmt.Errorf("got %q still there", path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// notReady takes the source away and waits until External Secrets says so.
func (h *labHome) notReady(ctx context.Context) (func() error, error) {
	main := h.vaults[contracts.MainVault]
	ready := func(ctx context.Context, want string) error {
		return until(ctx, func() error {
			var object struct {
				Status struct {
					Conditions []struct{ Type, Status string }
				}
			}
			if err := h.kube.call(ctx, http.MethodGet, external, nil, &object); err != nil {
				return err
			}
			for _, c := range object.Status.Conditions {
				if c.Type == "Ready" && c.Status == want {
					return nil
				}
			}
			return fmt.Errorf("got an ExternalSecret whose Ready is not %s", want)
		})
	}
	leave := func() error {
		later := context.WithoutCancel(ctx)
		if err := main.restore(later); err != nil {
			return err
		}
		// It backs off; a change of the object makes it look again at once.
		if err := h.merge(later, external, map[string]any{"metadata": map[string]any{"annotations": map[string]any{"external-secrets.io/force-sync": "1"}}}); err != nil {
			return err
		}
		return ready(later, "True")
	}
	if err := main.secret(ctx, contracts.SecretMissing); err != nil {
		return leave, err
	}
	return leave, ready(ctx, "False")
}

// withoutExternal deletes the ExternalSecret, and makes it again after.
func (h *labHome) withoutExternal(ctx context.Context) (func() error, error) {
	var object map[string]any
	if err := h.kube.call(ctx, http.MethodGet, external, nil, &object); err != nil {
		return nil, err
	}
	kept := map[string]any{
		"apiVersion": object["apiVersion"], "kind": object["kind"], "spec": object["spec"],
		"metadata": map[string]any{"name": "nas-vault-token", "namespace": "nas-integration"},
	}
	leave := func() error {
		later := context.WithoutCancel(ctx)
		folder := external[:len(external)-len("/nas-vault-token")]
		if err := h.kube.call(later, http.MethodPost, folder, kept, nil); err != nil {
			return err
		}
		return until(later, func() error { return h.kube.call(later, http.MethodGet, secretObject, nil, nil) })
	}
	return leave, h.deleteAndWait(ctx, external)
}
