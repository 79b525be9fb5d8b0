package lab

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"github.com/moby/moby/api/types/container"
	moby "github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"
	tcnetwork "github.com/testcontainers/testcontainers-go/network"
)

// part is one container of the lab.
type part struct {
	// alias is its name on the network; its own name has the lab's id behind.
	alias string
	image string
	// entrypoint and command replace the image's where they are set.
	entrypoint []string
	command    []string
	user       string
	env        map[string]string
	files      []file
	binds      []string
	// restart starts it again whenever it ends by itself, as Kubernetes does.
	restart bool
	// ports maps ports of the container to those on the loopback address.
	ports map[string]string
}

// containerName is unique for the lab, so that two of them can be told apart.
func (l *Lab) containerName(alias string) string { return alias + "-" + l.id }

// run creates the container, puts its files in, and starts it. It does not
// wait: what ready means is for the caller to prove.
func (l *Lab) run(ctx context.Context, p part) (string, error) {
	started, err := testcontainers.Run(ctx, p.image, l.options(p)...)
	if err != nil {
		return "", fmt.Errorf("running container %q: %w", l.containerName(p.alias), err)
	}
	return started.GetContainerID(), nil
}

func (l *Lab) options(p part) []testcontainers.ContainerCustomizer {
	bindings := moby.PortMap{}
	options := []testcontainers.ContainerCustomizer{
		testcontainers.WithLogger(silent{}),
		testcontainers.WithName(l.containerName(p.alias)),
		testcontainers.WithLabels(map[string]string{labelLab: l.id}),
		testcontainers.WithEnv(p.env),
		tcnetwork.WithNetworkName([]string{p.alias}, l.network.name),
		testcontainers.WithEndpointSettingsModifier(func(settings map[string]*moby.EndpointSettings) {
			settings[l.network.name].IPAMConfig = &moby.EndpointIPAMConfig{IPv4Address: l.network.address(p.alias)}
		}),
		testcontainers.WithConfigModifier(func(config *container.Config) {
			config.User = p.user
		}),
		testcontainers.WithHostConfigModifier(func(config *container.HostConfig) {
			config.PortBindings = bindings
			config.Binds = append(config.Binds, p.binds...)
			if p.restart {
				config.RestartPolicy = container.RestartPolicy{Name: container.RestartPolicyOnFailure}
			}
		}),
		testcontainers.WithLifecycleHooks(testcontainers.ContainerLifecycleHooks{
			PostCreates: []testcontainers.ContainerHook{func(ctx context.Context, created testcontainers.Container) error {
				return l.engine.put(ctx, created.GetContainerID(), p.files...)
			}},
		}),
	}
	for inside, outside := range p.ports {
		bindings[moby.MustParsePort(inside)] = []moby.PortBinding{{HostIP: netip.MustParseAddr(loopback), HostPort: outside}}
		options = append(options, testcontainers.WithExposedPorts(inside))
	}
	if p.entrypoint != nil {
		options = append(options, testcontainers.WithEntrypoint(p.entrypoint...))
	}
	if p.command != nil {
		options = append(options, testcontainers.WithCmd(p.command...))
	}
	return options
}

// publish chooses a port on the loopback address for a port of a container,
// and returns its host:port too.
func publish(inside string) (ports map[string]string, address string, err error) {
	outside, err := freePort()
	if err != nil {
		return nil, "", err
	}
	return map[string]string{inside: outside}, net.JoinHostPort(loopback, outside), nil
}

// silent drops testcontainers' own log: the timeline says what happens.
type silent struct{}

// Printf implements testcontainers' logger.
func (silent) Printf(string, ...any) {}
