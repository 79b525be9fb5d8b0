package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
)

// CutAPI drops what the exporter sends to the Kubernetes API, as if its machine
// were off. Nobody else notices: the control plane and External Secrets would
// need minutes to come back from an outage of their own.
func (l *Lab) CutAPI(ctx context.Context) error { return l.dropExporter(ctx, "-I") }

// RestoreAPI undoes CutAPI.
func (l *Lab) RestoreAPI(ctx context.Context) error { return l.dropExporter(ctx, "-D") }

// dropExporter adds or removes the rule of the node's packet filter.
func (l *Lab) dropExporter(ctx context.Context, change string) error {
	address, err := l.exporterAddress(ctx)
	if err != nil {
		return err
	}
	ran, err := l.engine.exec(ctx, l.k3s, "", "iptables", "-w", change, "INPUT", "-s", address.String(),
		"-p", "tcp", "--dport", "6443", "-j", "DROP")
	if err == nil && ran.code != 0 {
		err = fmt.Errorf("got exit code %d: %s", ran.code, strings.TrimSpace(ran.stderr))
	}
	if err != nil {
		return fmt.Errorf("changing the node's packet filter (%s): %w", change, err)
	}
	return nil
}

// exporterAddress is the address of the exporter's pod.
func (l *Lab) exporterAddress(ctx context.Context) (netip.Addr, error) {
	text, err := l.Kubectl(ctx, "-n", namespace, "get", "pods", "-l", "app="+applicationExporter, "--field-selector=status.phase=Running", "-o", "json")
	if err != nil {
		return netip.Addr{}, err
	}
	var pods struct {
		Items []struct {
			Status struct {
				PodIP string `json:"podIP"`
			} `json:"status"`
		} `json:"items"`
	}
	err = json.Unmarshal([]byte(text), &pods)
	if err == nil && len(pods.Items) != 1 {
		err = fmt.Errorf("got %d of them, want 1", len(pods.Items))
	}
	if err != nil {
		return netip.Addr{}, fmt.Errorf("finding the exporter's pod: %w", err)
	}
	return netip.ParseAddr(pods.Items[0].Status.PodIP)
}
