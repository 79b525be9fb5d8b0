package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
	"github.com/hashicorp/vault/api"
	moby "github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// ErrNone is what Attach returns where no lab is up.
var ErrNone = errors.New("no lab is up")

// keptLab is what another process needs to break and to heal the lab and cannot
// ask its servers for. It is in the lab's folder, which only its owner enters.
type keptLab struct {
	Repository   string
	Images       map[string]string
	Certificates certificates
	UnsealKey    string
	Lanes        int
	Served       time.Duration
}

const labState = "lab.json"

// keepLab keeps it, once all of it is known.
func (l *Lab) keepLab() error {
	return l.keepJSON(labState, keptLab{Repository: l.repository, Images: l.images, Certificates: l.secrets.certificates, UnsealKey: l.secrets.unsealKey, Lanes: l.lanes, Served: l.served})
}

// ID tells this lab from every other.
func (l *Lab) ID() string { return l.id }

// Attach finds the lab that is up, whoever started it, by the engine's labels
// and the lab's folder. Closing it is not for whoever attached.
func Attach(ctx context.Context) (*Lab, error) {
	configureTestcontainers()
	e, err := newEngine(ctx)
	if err != nil {
		return nil, err
	}
	up, err := e.labs(ctx)
	switch {
	case err != nil:
		return nil, err
	case len(up) == 0:
		return nil, ErrNone
	case len(up) > 1:
		return nil, fmt.Errorf("looking for the lab: got %q, want 1", up)
	}
	found, err := e.docker.NetworkList(ctx, client.NetworkListOptions{Filters: owned(up[0])})
	if err == nil && len(found.Items) != 1 {
		err = fmt.Errorf("got %d of them, want 1", len(found.Items))
	}
	if err != nil {
		return nil, fmt.Errorf("looking for the network of lab %q: %w", up[0], err)
	}
	l := &Lab{
		id: found.Items[0].Labels[labelLab], out: io.Discard, engine: e, state: found.Items[0].Labels[labelState],
		nas: &vaultServer{}, main: &vaultServer{},
	}
	err = l.attach(ctx, found.Items[0].Network)
	if err != nil {
		return nil, fmt.Errorf("attaching to the lab %q: %w", l.id, err)
	}
	return l, nil
}

func (l *Lab) attach(ctx context.Context, n moby.Network) error {
	err := ownState(l.state)
	if err != nil {
		return err
	}
	var known keptLab
	err = l.kept(labState, &known)
	if err != nil {
		return err
	}
	l.repository, l.shipped, l.images, l.lanes, l.served = known.Repository, filepath.Join(known.Repository, "deploy"), known.Images, known.Lanes, known.Served
	l.secrets = secrets{certificates: known.Certificates, unsealKey: known.UnsealKey}
	if len(n.IPAM.Config) != 1 {
		return fmt.Errorf("looking at network %q: got %d subnets, want 1", n.Name, len(n.IPAM.Config))
	}
	l.network = network{name: n.Name, subnet: n.IPAM.Config[0].Subnet}
	// A name does for an id, and is the same after a container was made anew.
	l.k3s = l.containerName(aliasK3s)
	for _, published := range []struct {
		alias, port, scheme string
		address             *string
	}{
		{aliasToxiproxy, linkControl, "", &l.links.address},
		{aliasPrometheus, prometheusPort, "http://", &l.prometheus},
		{aliasPager, pagerPort, "http://", &l.pager},
		{aliasCollector, collectorPort, "http://", &l.collector},
		{aliasNASVault, vaultPort, "", &l.nas.address},
		{aliasMainVault, vaultPort, "", &l.main.address},
	} {
		address, err := l.published(ctx, published.alias, published.port)
		if err != nil {
			return err
		}
		*published.address = published.scheme + address
	}
	for _, lane := range l.everyLane() {
		apps, err := l.published(ctx, aliasToxiproxy, l.Lane(lane).appsPort())
		if err != nil {
			return err
		}
		l.links.apps = append(l.links.apps, apps)
	}
	l.links.client = toxiproxy.NewClient(l.links.address)
	l.nas.container, l.main.container = l.containerName(aliasNASVault), l.containerName(aliasMainVault)
	l.nas.client, err = l.administrator(l.nas.address, "nas-vault.token")
	if err != nil {
		return err
	}
	l.main.client, err = l.administrator(l.main.address, "main-vault.token")
	if err != nil {
		return err
	}
	kubeconfig, err := os.ReadFile(filepath.Join(l.state, "kubeconfig"))
	if err != nil {
		return err
	}
	l.cluster, err = newCluster(kubeconfig)
	return err
}

// administrator is a client with a token out of the lab's folder.
func (l *Lab) administrator(address, tokenName string) (*api.Client, error) {
	made, err := l.vaultClient(address)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(l.state, tokenName))
	if err != nil {
		return nil, err
	}
	made.SetToken(string(text))
	return made, nil
}

// published is the address at which a container's port is, also while it stands.
func (l *Lab) published(ctx context.Context, alias, port string) (string, error) {
	inspected, err := l.engine.docker.ContainerInspect(ctx, l.containerName(alias), client.ContainerInspectOptions{})
	if err != nil {
		return "", fmt.Errorf("looking at container %q: %w", l.containerName(alias), err)
	}
	bound := inspected.Container.HostConfig.PortBindings[moby.MustParsePort(port)]
	if len(bound) != 1 {
		return "", fmt.Errorf("looking at container %q: got %d addresses of port %s, want 1", l.containerName(alias), len(bound), port)
	}
	return loopback + ":" + bound[0].HostPort, nil
}
