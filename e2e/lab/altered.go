package lab

import (
	"context"
	"fmt"
	"strings"

	"github.com/moby/moby/client"
)

// Altered names the links and the containers that are not what they were when
// the lab was started: cut, poisoned, led elsewhere, stopped, frozen, renamed, or
// not there then.
func (l *Lab) Altered(ctx context.Context) ([]string, error) {
	altered, err := l.alteredLinks()
	if err != nil {
		return nil, err
	}
	found, err := l.engine.docker.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: owned(l.id)})
	if err != nil {
		return nil, fmt.Errorf("listing the lab's containers: %w", err)
	}
	for _, c := range found.Items {
		alias := strings.TrimSuffix(strings.TrimPrefix(c.Names[0], "/"), "-"+l.id)
		if c.State != "running" || !l.known(alias) {
			altered = append(altered, fmt.Sprintf("container %s (%s)", alias, c.State))
		}
	}
	return altered, nil
}

func (l *Lab) alteredLinks() ([]string, error) {
	all, err := l.links.client.Proxies()
	if err != nil {
		return nil, fmt.Errorf("looking at the links: %w", err)
	}
	var altered []string
	for _, lane := range l.everyLane() {
		for _, made := range l.Lane(lane).proxies() {
			proxy := all[made.Name]
			if proxy == nil || !proxy.Enabled || proxy.Upstream != made.Upstream || len(proxy.ActiveToxics) > 0 {
				altered = append(altered, "link "+made.Name)
			}
		}
	}
	return altered, nil
}
