package drill

import (
	"context"
	"fmt"
	"slices"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/toxics"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// links are the lab's, by the catalogue's name of the exporter's.
var links = map[chaos.Link]lab.Link{
	chaos.LinkDocker:     lab.LinkNASDocker,
	chaos.LinkNASVault:   lab.LinkNASVault,
	chaos.LinkMainVault:  lab.LinkMainVault,
	chaos.LinkKubernetes: lab.LinkKubernetes,
}

// shippedTimeout is that of one check in the shipped configuration.
const shippedTimeout = 5 * time.Second

// scaled is a toxic on the lab's clock: what is late takes half as much of the lab's
// timeout as it does of production's. The other half is for what a check has to do
// besides, which is no quicker where its timeout is shorter.
func scaled(t chaos.Toxic) chaos.Toxic {
	if t.Kind == chaos.Latency || t.Kind == chaos.Slicer {
		t.Delay = t.Delay * lab.Timeout / shippedTimeout / 2
	}
	return t
}

// disturb is the verb of a fault that disturbs a link.
func disturb(d chaos.Disturbed) (Verb, error) {
	var on []lab.Link
	for _, name := range d.Links {
		link, ok := links[name]
		if !ok {
			return Verb{}, fmt.Errorf("disturbing the link %q: the lab has no proxy on it", name)
		}
		on = append(on, link)
	}
	var inject act
	switch toxic, ok := toxics.Of(scaled(d.Toxic)); {
	case d.Toxic.Kind == chaos.Cut:
		inject = cut(on...)
	case d.Toxic.Kind == chaos.Drop:
		inject = silence(on...)
	case ok:
		inject = poison(toxic, on...)
	default:
		return Verb{}, fmt.Errorf("disturbing links by %q: got no toxic of that kind", d.Toxic.Kind)
	}
	if slices.Contains(on, lab.LinkKubernetes) {
		inject = both(detour, inject)
	}
	return Verb{inject, both(mend(on...), unfilter)}, nil
}

// both does one after the other.
func both(first, second act) act {
	return func(ctx context.Context, l *lab.Lab) error {
		err := first(ctx, l)
		if err != nil {
			return err
		}
		return second(ctx, l)
	}
}

func detour(ctx context.Context, l *lab.Lab) error { return l.Detour(ctx) }

func cut(links ...lab.Link) act {
	return func(_ context.Context, l *lab.Lab) error { return l.Cut(links...) }
}

func cutNAS(_ context.Context, l *lab.Lab) error { return l.Cut(l.Links()...) }

func mendNAS(_ context.Context, l *lab.Lab) error { return l.Mend(l.Links()...) }

func mend(links ...lab.Link) act {
	return func(_ context.Context, l *lab.Lab) error { return l.Mend(links...) }
}

func silence(links ...lab.Link) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.Silence(ctx, links...) }
}

func unfilter(ctx context.Context, l *lab.Lab) error { return l.Unfilter(ctx) }

func poison(t toxics.Toxic, links ...lab.Link) act {
	return func(_ context.Context, l *lab.Lab) error {
		for _, link := range links {
			err := l.Poison(link, t)
			if err != nil {
				return err
			}
		}
		return nil
	}
}

func lead(link lab.Link, upstream string) act {
	return func(_ context.Context, l *lab.Lab) error { return l.Lead(link, upstream) }
}

// resetOnce resets what is on the link now, and nothing after.
func resetOnce(link lab.Link) act {
	return func(_ context.Context, l *lab.Lab) error {
		reset, _ := toxics.Of(chaos.Toxic{Kind: chaos.Reset})
		err := l.Poison(link, reset)
		if err != nil {
			return err
		}
		return l.Mend(link)
	}
}
