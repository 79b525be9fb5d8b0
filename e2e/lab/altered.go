package lab

import (
	"context"
	"fmt"
	"slices"
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
		if c.State != "running" || !slices.Contains(aliases, alias) || alias == aliasOtherVault {
			altered = append(altered, fmt.Sprintf("container %s (%s)", alias, c.State))
		}
	}
	return altered, nil
}

func (l *Lab) alteredLinks() ([]string, error) {
	var altered []string
	for _, p := range linkPorts {
		proxy, err := l.links.client.Proxy(string(p.link))
		if err != nil {
			return nil, fmt.Errorf("looking at link %q: %w", p.link, err)
		}
		if !proxy.Enabled || proxy.Upstream != p.upstream || len(proxy.ActiveToxics) > 0 {
			altered = append(altered, "link "+string(p.link))
		}
	}
	return altered, nil
}
