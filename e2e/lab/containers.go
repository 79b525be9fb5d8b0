package lab

import (
	"context"
	"fmt"
	"slices"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// Machine is a container of the lab that a scenario can stop.
type Machine string

// The machines.
const (
	MachineNASVault     Machine = aliasNASVault
	MachineNASContainer Machine = aliasNASContainer
	MachineMainVault    Machine = aliasMainVault
)

// awaySuffix is behind the name of a container that nobody shall find.
const awaySuffix = "-away"

// machine is the name of a machine's container; a lane's own where it has one.
func (l *Lab) machine(m Machine) string {
	if slices.Contains(laneAliases, string(m)) {
		return l.containerName(l.own(string(m)))
	}
	return l.containerName(string(m))
}

// Pause freezes a machine: it takes connections and does nothing with them.
func (l *Lab) Pause(ctx context.Context, m Machine) error {
	_, err := l.engine.docker.ContainerPause(ctx, l.machine(m), client.ContainerPauseOptions{})
	return acted("pausing", m, err)
}

// Stop ends a machine at once.
func (l *Lab) Stop(ctx context.Context, m Machine) error {
	at := 0
	_, err := l.engine.docker.ContainerStop(ctx, l.machine(m), client.ContainerStopOptions{Timeout: &at})
	return acted("stopping", m, err)
}

// Hide gives a machine's container another name.
func (l *Lab) Hide(ctx context.Context, m Machine) error {
	name := l.machine(m)
	_, err := l.engine.docker.ContainerRename(ctx, name, client.ContainerRenameOptions{NewName: name + awaySuffix})
	return acted("renaming", m, err)
}

// Revive undoes Pause, Stop and Hide, whichever were done.
func (l *Lab) Revive(ctx context.Context, m Machine) error {
	name := l.machine(m)
	_, err := l.engine.docker.ContainerRename(ctx, name+awaySuffix, client.ContainerRenameOptions{NewName: name})
	if err != nil && !cerrdefs.IsNotFound(err) {
		return acted("renaming", m, err)
	}
	inspected, err := l.engine.docker.ContainerInspect(ctx, name, client.ContainerInspectOptions{})
	if err != nil {
		return acted("looking at", m, err)
	}
	switch state := inspected.Container.State; {
	case state.Paused:
		_, err = l.engine.docker.ContainerUnpause(ctx, name, client.ContainerUnpauseOptions{})
	case !state.Running:
		_, err = l.engine.docker.ContainerStart(ctx, name, client.ContainerStartOptions{})
	}
	return acted("reviving", m, err)
}

func acted(gerund string, m Machine, err error) error {
	if err != nil {
		return fmt.Errorf("%s %q: %w", gerund, m, err)
	}
	return nil
}

// InNASContainer runs a shell's command as root in the container that holds the
// token file, whose path is $F there.
func (l *Lab) InNASContainer(ctx context.Context, script string) error {
	ended, err := l.engine.exec(ctx, l.NASContainer(), "", "sh", "-c", "F="+tokenFile+"; "+script)
	if err == nil && ended.code != 0 {
		err = fmt.Errorf("got exit code %d: %s", ended.code, ended.stderr)
	}
	if err != nil {
		return fmt.Errorf("running %q in the NAS container: %w", script, err)
	}
	return nil
}
