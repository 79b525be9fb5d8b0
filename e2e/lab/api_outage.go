package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
)

// Cutting is how the Kubernetes API is taken from somebody.
type Cutting string

// The ways.
const (
	// CutSilent drops what is sent, as if the API's machine were off.
	CutSilent Cutting = "DROP"
	// CutRefused refuses connections, as if nothing listened there.
	CutRefused Cutting = "REJECT --reject-with tcp-reset"
)

// cutChain holds the rules of every cut, so that whoever undoes them needs not
// know them: the exporter's pod may have another address by then.
const cutChain = "LAB-CUT"

// CutAPI takes the Kubernetes API from the exporter and from the main Vault, or
// from the exporter alone. The control plane and External Secrets do not notice:
// they would need minutes to come back from an outage of their own.
func (l *Lab) CutAPI(ctx context.Context, how Cutting, alsoMainVault bool) error {
	address, err := l.exporterAddress(ctx)
	if err != nil {
		return err
	}
	sources := address.String()
	if alsoMainVault {
		sources += "," + l.network.address(aliasMainVault).String()
	}
	return l.filter(ctx, fmt.Sprintf("iptables -w -N %[1]s 2>/dev/null; iptables -w -C INPUT -j %[1]s 2>/dev/null || iptables -w -I INPUT -j %[1]s; "+
		"iptables -w -A %[1]s -s %[2]s -p tcp --dport 6443 -j %[3]s", cutChain, sources, how))
}

// RestoreAPI undoes CutAPI.
func (l *Lab) RestoreAPI(ctx context.Context) error {
	return l.filter(ctx, fmt.Sprintf("iptables -w -N %[1]s 2>/dev/null; iptables -w -F %[1]s", cutChain))
}

// filter changes the node's packet filter.
func (l *Lab) filter(ctx context.Context, script string) error {
	ran, err := l.engine.exec(ctx, l.k3s, "", "sh", "-c", script)
	if err == nil && ran.code != 0 {
		err = fmt.Errorf("got exit code %d: %s", ran.code, strings.TrimSpace(ran.stderr))
	}
	if err != nil {
		return fmt.Errorf("changing the node's packet filter: %w", err)
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
