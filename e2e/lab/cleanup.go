package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"
)

const (
	// labelLab is on everything that a lab made, and on nothing else.
	labelLab = "io.homelab.vault-health-exporter.lab"
	// labelState is on the network; it is the lab's folder on the host.
	labelState = "io.homelab.vault-health-exporter.lab-state"

	statePrefix = "vault-health-exporter-lab-"
)

// Down removes every lab, also one whose process was killed: its containers,
// their volumes, its networks, its own images and its folder. It touches
// nothing else.
func Down(ctx context.Context) error {
	configureTestcontainers()
	e, err := newEngine(ctx)
	if err != nil {
		return err
	}
	return e.remove(ctx, "")
}

// mustBeFree refuses to start beside another lab or another exporter, because
// the exporter's port is fixed. Found out later, it would cost the whole start.
func (e *engine) mustBeFree(ctx context.Context) error {
	up, err := e.labs(ctx)
	if err != nil {
		return err
	}
	if len(up) > 0 {
		return fmt.Errorf("starting a lab: %q is still there; remove it with `go run ./e2e/cmd/lab down`", up)
	}
	listener, err := net.Listen("tcp", exporterAddress)
	if err != nil {
		return fmt.Errorf("starting a lab: the exporter's address is taken: %w", err)
	}
	return listener.Close()
}

// labs are the ids of the labs that are there: those with containers. A network
// alone is none; an engine may keep one that it takes for used.
func (e *engine) labs(ctx context.Context) ([]string, error) {
	found, err := e.docker.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: owned("")})
	if err != nil {
		return nil, fmt.Errorf("looking for labs: %w", err)
	}
	var ids []string
	for _, c := range found.Items {
		ids = append(ids, c.Labels[labelLab])
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// owned selects what one lab made, or with an empty id what any lab made.
func owned(id string) client.Filters {
	if id == "" {
		return client.Filters{}.Add("label", labelLab)
	}
	return client.Filters{}.Add("label", labelLab+"="+id)
}

// remove removes one lab, or with an empty id every lab. It goes on after a
// failure, so that one thing that is stuck leaves only itself behind.
func (e *engine) remove(ctx context.Context, id string) error {
	// Networks and images can only go once no container uses them.
	err := e.removeContainers(ctx, id)
	return errors.Join(err, e.removeVolumes(ctx, id), e.removeImages(ctx, id), e.removeNetworks(ctx, id))
}

func (e *engine) removeContainers(ctx context.Context, id string) error {
	found, err := e.docker.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: owned(id)})
	if err != nil {
		return fmt.Errorf("listing the lab's containers: %w", err)
	}
	var group errgroup.Group
	for _, c := range found.Items {
		group.Go(func() error {
			_, err := e.docker.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
			return removed("container", c.ID, err)
		})
	}
	return group.Wait()
}

func (e *engine) removeVolumes(ctx context.Context, id string) error {
	found, err := e.docker.VolumeList(ctx, client.VolumeListOptions{Filters: owned(id)})
	if err != nil {
		return fmt.Errorf("listing the lab's volumes: %w", err)
	}
	for _, v := range found.Items {
		_, failed := e.docker.VolumeRemove(ctx, v.Name, client.VolumeRemoveOptions{})
		err = errors.Join(err, removed("volume", v.Name, failed))
	}
	return err
}

func (e *engine) removeImages(ctx context.Context, id string) error {
	found, err := e.docker.ImageList(ctx, client.ImageListOptions{Filters: owned(id)})
	if err != nil {
		return fmt.Errorf("listing the lab's images: %w", err)
	}
	for _, i := range found.Items {
		_, failed := e.docker.ImageRemove(ctx, i.ID, client.ImageRemoveOptions{Force: true, PruneChildren: true})
		err = errors.Join(err, removed("image", i.ID, failed))
	}
	return err
}

// removeNetworks also removes the folder that the network's label names: the
// network goes last, so a folder is known for as long as anything is there.
func (e *engine) removeNetworks(ctx context.Context, id string) error {
	found, err := e.docker.NetworkList(ctx, client.NetworkListOptions{Filters: owned(id)})
	if err != nil {
		return fmt.Errorf("listing the lab's networks: %w", err)
	}
	for _, n := range found.Items {
		err = errors.Join(err, removeState(n.Labels[labelState]))
		_, failed := e.docker.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{})
		err = errors.Join(err, removed("network", n.Name, failed))
	}
	return err
}

// removeState removes a folder only where a lab can have made it, because a
// label is easily forged.
func removeState(folder string) error {
	err := ownState(folder)
	if err != nil {
		return fmt.Errorf("removing the lab's folder: %w", err)
	}
	return os.RemoveAll(folder)
}

// ownState fails unless a folder is where a lab makes its own.
func ownState(folder string) error {
	if filepath.Dir(folder) != filepath.Clean(os.TempDir()) || !strings.HasPrefix(filepath.Base(folder), statePrefix) {
		return fmt.Errorf("got folder %q, want one named %q in %q", folder, statePrefix+"…", os.TempDir())
	}
	return nil
}

// removed takes what has already gone for removed.
func removed(kind, name string, err error) error {
	if err == nil || cerrdefs.IsNotFound(err) {
		return nil
	}
	return fmt.Errorf("removing %s %q: %w", kind, name, err)
}
