package lab

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
)

// Link is one connection between the NAS and the main cluster, or the exporter's
// to what is there. All of them go through toxiproxy, so that each can be cut.
type Link string

// The links.
const (
	LinkNASVault       Link = "nas_vault"        // exporter, agent → NAS Vault
	LinkNASVaultUnseal Link = "nas_vault_unseal" // main Vault → NAS Vault
	LinkNASVaultJobs   Link = "nas_vault_jobs"   // broker and the other Jobs → NAS Vault
	LinkNASVaultApps   Link = "nas_vault_apps"   // consumer → NAS Vault
	LinkNASDocker      Link = "nas_docker"       // exporter, rotator → Docker API
	LinkMainVault      Link = "main_vault"       // exporter → main Vault
	LinkKubernetes     Link = "kubernetes"       // exporter → Kubernetes API, after Detour
)

// linkPorts are where toxiproxy listens for the shipped flow, and what lies
// behind. No lane has one of its own of those that are shared.
var linkPorts = []struct {
	link     Link
	port     int
	upstream string
	shared   bool
}{
	{LinkNASVault, 8301, aliasNASVault + ":8200", false},
	{LinkNASVaultUnseal, 8302, aliasNASVault + ":8200", true},
	{LinkNASVaultJobs, 8303, aliasNASVault + ":8200", false},
	{LinkNASVaultApps, 8304, aliasNASVault + ":8200", false},
	{LinkNASDocker, 2376, aliasDockerFront + ":2376", false},
	{LinkMainVault, 8305, aliasMainVault + ":8200", false},
	{LinkKubernetes, 8306, aliasK3s + ":6443", false},
}

// laneStep is between the ports of a link in two flows.
const laneStep = 100

const linkControl = "8474/tcp"

// appsPort is published too: an application outside of the cluster uses the link.
func (l *Lab) appsPort() string { return fmt.Sprintf("%d/tcp", l.linkPort(LinkNASVaultApps)) }

// Links returns every link of the flow to the NAS; to cut them all is to take it
// away.
func (l *Lab) Links() []Link {
	var all []Link
	for _, p := range linkPorts {
		if p.link != LinkMainVault && p.link != LinkKubernetes && (l.Shipped() || !p.shared) {
			all = append(all, p.link)
		}
	}
	return all
}

// links is toxiproxy.
type links struct {
	address string
	client  *toxiproxy.Client
	// apps are where applications' links are published, by the lane.
	apps []string
}

func (l *Lab) startLinks(ctx context.Context) error {
	ports, address, err := publish(linkControl)
	if err != nil {
		return err
	}
	var all []string
	for _, lane := range l.everyLane() {
		port, apps, err := publish(l.Lane(lane).appsPort())
		if err != nil {
			return err
		}
		maps.Copy(ports, port)
		all = append(all, apps)
	}
	// It logs a dozen lines for each connection otherwise, and an engine that takes
	// them up is busier with it than with the connections.
	quiet := map[string]string{"LOG_LEVEL": "warn"}
	_, err = l.run(ctx, part{alias: aliasToxiproxy, image: l.images["toxiproxy"], env: quiet, ports: ports})
	if err != nil {
		return err
	}
	l.links = links{address: address, client: toxiproxy.NewClient(address), apps: all}
	var proxies []toxiproxy.Proxy
	for _, lane := range l.everyLane() {
		proxies = append(proxies, l.Lane(lane).proxies()...)
	}
	return until(ctx, "toxiproxy to take the links", func(context.Context) error {
		_, err := l.links.client.Populate(proxies)
		return err
	})
}

// proxies are the flow's links as toxiproxy has them while nothing is broken.
func (l *Lab) proxies() []toxiproxy.Proxy {
	var all []toxiproxy.Proxy
	for _, p := range linkPorts {
		if l.Shipped() || !p.shared {
			all = append(all, toxiproxy.Proxy{
				Name: l.own(string(p.link)), Listen: fmt.Sprintf("0.0.0.0:%d", l.linkPort(p.link)), Upstream: l.upstream(p.link), Enabled: true,
			})
		}
	}
	return all
}

// linkPort is the port of toxiproxy at which a link of the flow begins.
func (l *Lab) linkPort(link Link) int {
	for _, p := range linkPorts {
		if p.link == link {
			return p.port + laneStep*l.lane
		}
	}
	panic("no such link: " + string(link))
}

// upstream is where it ends: at the flow's own container where it has one.
func (l *Lab) upstream(link Link) string {
	for _, p := range linkPorts {
		if p.link != link {
			continue
		}
		alias, port, _ := strings.Cut(p.upstream, ":")
		if slices.Contains(laneAliases, alias) {
			alias = l.own(alias)
		}
		return alias + ":" + port
	}
	panic("no such link: " + string(link))
}

// Cut makes links refuse connections and ends the ones they have; Mend undoes it.
func (l *Lab) Cut(cut ...Link) error {
	for _, link := range cut {
		err := l.change(link, func(p *toxiproxy.Proxy) { p.Enabled = false })
		if err != nil {
			return err
		}
	}
	return nil
}
