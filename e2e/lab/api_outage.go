package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// cutChain holds the rules of every cut of a flow, so that whoever undoes them needs not
// know them: the exporter's pod may have another address by then.
func (l *Lab) cutChain() string { return strings.ToUpper(l.own("lab-cut")) }

// RefuseAPI refuses the exporter's and the main Vault's connections to the
// Kubernetes API. The control plane and External Secrets do not notice: they
// would need minutes to come back from an outage of their own. The exporter's are
// led to a port where nobody listens: what refuses one that is led elsewhere
// already is not understood by who began it.
func (l *Lab) RefuseAPI(ctx context.Context) error {
	address, err := l.exporterAddress(ctx)
	if err != nil {
		return err
	}
	refuseMain := fmt.Sprintf("iptables -w -A %s -s %s -p tcp --dport 6443 -j REJECT --reject-with tcp-reset", l.cutChain(), l.network.address(aliasMainVault))
	if !l.Shipped() { // its exporter goes over its link
		return errors.Join(l.Cut(LinkKubernetes), l.filter(ctx, l.cutInto("filter", "INPUT")+refuseMain))
	}
	return l.filter(ctx, l.cutInto("filter", "INPUT")+l.cutInto("nat", "PREROUTING")+
		refuseKubernetes(l.cutChain(), address)+" && "+refuseMain)
}

// refuseKubernetes has an address refused that asks the Kubernetes API.
func refuseKubernetes(cut string, address netip.Addr) string {
	return fmt.Sprintf("iptables -w -t nat -A %s -s %s -p tcp --dport 443 -j REDIRECT --to-ports 1", cut, address)
}

// Silence drops what the exporter sends over links, as if the other side were off.
func (l *Lab) Silence(ctx context.Context, all ...Link) error {
	address, err := l.exporterAddress(ctx)
	if err != nil {
		return err
	}
	script := l.cutInto("filter", "FORWARD")
	for _, link := range all {
		script += fmt.Sprintf("iptables -w -A %s -s %s -d %s -p tcp --dport %d -j DROP; ", l.cutChain(), address, l.network.address(aliasToxiproxy), l.linkPort(link))
	}
	return l.filter(ctx, script)
}

// Detour leads what the exporter sends to the Kubernetes API over its link, where
// it can be disturbed: by itself it goes there directly.
func (l *Lab) Detour(ctx context.Context) error {
	if !l.Shipped() { // a lane's exporter is configured to go over it
		return nil
	}
	address, err := l.exporterAddress(ctx)
	if err != nil {
		return err
	}
	return l.filter(ctx, l.cutInto("nat", "PREROUTING")+fmt.Sprintf("iptables -w -t nat -A %s -s %s -p tcp --dport 443 -j DNAT --to-destination %s:%d",
		l.cutChain(), address, l.network.address(aliasToxiproxy), l.linkPort(LinkKubernetes)))
}

// cutInto makes the chain and has it asked first, unless it is.
func (l *Lab) cutInto(table, chain string) string { return cutInto(table, chain, l.cutChain()) }

func cutInto(table, chain, cut string) string {
	return fmt.Sprintf("iptables -w -t %[1]s -N %[3]s 2>/dev/null; iptables -w -t %[1]s -C %[2]s -j %[3]s 2>/dev/null || iptables -w -t %[1]s -I %[2]s -j %[3]s; ", table, chain, cut)
}

// Unfilter undoes RefuseAPI, Silence and Detour.
func (l *Lab) Unfilter(ctx context.Context) error {
	return l.filter(ctx, l.cutInto("filter", "INPUT")+l.cutInto("nat", "PREROUTING")+
		fmt.Sprintf("iptables -w -F %[1]s && iptables -w -t nat -F %[1]s", l.cutChain()))
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
	var pods struct {
		Items []struct {
			Status struct {
				PodIP string `json:"podIP"`
			} `json:"status"`
		} `json:"items"`
	}
	err := l.Object(ctx, "api/v1", "pods", "?labelSelector=app%3D"+applicationExporter+"&fieldSelector=status.phase%3DRunning", &pods)
	if err == nil && len(pods.Items) != 1 {
		err = fmt.Errorf("got %d of them, want 1", len(pods.Items))
	}
	if err != nil {
		return netip.Addr{}, fmt.Errorf("finding the exporter's pod: %w", err)
	}
	return netip.ParseAddr(pods.Items[0].Status.PodIP)
}
