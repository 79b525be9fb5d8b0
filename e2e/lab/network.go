package lab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"

	moby "github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

const (
	loopback = "127.0.0.1"
	// firstHost keeps clear of the addresses that the engine hands out itself.
	firstHost = 100
)

// aliases are the names of the containers on the network. The place in the
// list makes the address.
var aliases = laneContainers(serverAliases)

// serverAliases are those of the servers and of what the shipped flow has.
var serverAliases = []string{
	aliasNASVault, aliasMainVault, aliasK3s, aliasToxiproxy, aliasDockerFront,
	aliasNASContainer, aliasPrometheus, aliasAlertmanager, aliasPager, aliasCollector,
	aliasOtherVault,
}

const (
	aliasNASVault     = "nas-vault"
	aliasMainVault    = "main-vault"
	aliasK3s          = "k3s"
	aliasToxiproxy    = "toxiproxy"
	aliasDockerFront  = "nas-docker"
	aliasNASContainer = "qnap-k3s"
	aliasPrometheus   = "prometheus"
	aliasAlertmanager = "alertmanager"
	aliasPager        = "pager"
	aliasCollector    = "collector"
	aliasOtherVault   = "other-vault"
)

// laneContainers adds the containers of every lane that there can be.
func laneContainers(all []string) []string {
	for lane := 1; lane <= MaxLanes; lane++ {
		for _, alias := range laneAliases {
			all = append(all, lanePrefix(lane)+alias)
		}
	}
	return all
}

// network is the lab's own bridge.
type network struct {
	name   string
	subnet netip.Prefix
}

// address is where the alias is, also after its container was restarted.
func (n network) address(alias string) netip.Addr {
	bytes := n.subnet.Masked().Addr().As4()
	bytes[3] += byte(firstHost + slices.Index(aliases, alias))
	return netip.AddrFrom4(bytes)
}

// createNetwork makes a network on which addresses can be chosen. Pods know no
// alias, so they are given addresses, and those must outlive a restart. The
// engine lets addresses be chosen only where the subnet was, so it is asked
// for a free subnet first.
func (l *Lab) createNetwork(ctx context.Context) error {
	l.network.name = "vault-health-exporter-lab-" + l.id
	err := l.engine.createNetwork(ctx, l.network.name, l.id, l.state, nil)
	if err != nil {
		return err
	}
	inspected, err := l.engine.docker.NetworkInspect(ctx, l.network.name, client.NetworkInspectOptions{})
	if err != nil {
		return fmt.Errorf("inspecting network %q: %w", l.network.name, err)
	}
	subnets := inspected.Network.IPAM.Config
	if len(subnets) == 0 || !subnets[0].Subnet.Addr().Is4() || subnets[0].Subnet.Bits() > 24 {
		return fmt.Errorf("choosing addresses on network %q: got subnets %v, want an IPv4 one of at most 24 bits", l.network.name, subnets)
	}
	l.network.subnet = subnets[0].Subnet
	_, err = l.engine.docker.NetworkRemove(ctx, l.network.name, client.NetworkRemoveOptions{})
	if err != nil {
		return fmt.Errorf("removing network %q: %w", l.network.name, err)
	}
	return l.engine.createNetwork(ctx, l.network.name, l.id, l.state, &moby.IPAM{Config: []moby.IPAMConfig{{Subnet: l.network.subnet}}})
}

// freePort finds a port to publish. The engine would choose one too, but
// another one at each restart.
func freePort() (string, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(loopback, "0"))
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, err
}
