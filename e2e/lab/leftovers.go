package lab

import (
	"context"
	"errors"

	"github.com/moby/moby/client"
)

// Leftovers names everything on the engine that the lab made and that is still
// there: containers, networks, volumes and images.
func (l *Lab) Leftovers(ctx context.Context) ([]string, error) {
	e := l.engine
	var left []string
	containers, err := e.docker.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: owned(l.id)})
	for _, c := range containers.Items {
		left = append(left, "container "+c.ID)
	}
	networks, networksErr := e.docker.NetworkList(ctx, client.NetworkListOptions{Filters: owned(l.id)})
	for _, n := range networks.Items {
		left = append(left, "network "+n.Name)
	}
	volumes, volumesErr := e.docker.VolumeList(ctx, client.VolumeListOptions{Filters: owned(l.id)})
	for _, v := range volumes.Items {
		left = append(left, "volume "+v.Name)
	}
	images, imagesErr := e.docker.ImageList(ctx, client.ImageListOptions{Filters: owned(l.id)})
	for _, i := range images.Items {
		left = append(left, "image "+i.ID)
	}
	return left, errors.Join(err, networksErr, volumesErr, imagesErr)
}
