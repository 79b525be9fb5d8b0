package drill

import (
	"context"
	"fmt"
	"slices"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// links are the lab's, by the catalogue's name of the exporter's.
var links = map[chaos.Link]lab.Link{
	chaos.LinkDocker:     lab.LinkNASDocker,
	chaos.LinkNASVault:   lab.LinkNASVault,
	chaos.LinkMainVault:  lab.LinkMainVault,
	chaos.LinkKubernetes: lab.LinkKubernetes,
}

// reset ends what is on a link as soon as something is said on it.
var reset = lab.Toxic{Type: "reset_peer", Attributes: attributes{"timeout": 0}}

type attributes = map[string]any

// toxics are toxiproxy's words for what the catalogue does to a link.
var toxics = map[chaos.Kind]func(chaos.Toxic) lab.Toxic{
	chaos.StallDown: func(chaos.Toxic) lab.Toxic { return lab.Toxic{Type: "timeout", Attributes: attributes{"timeout": 0}} },
	chaos.StallUp: func(chaos.Toxic) lab.Toxic {
		return lab.Toxic{Type: "timeout", Upstream: true, Attributes: attributes{"timeout": 0}}
	},
	chaos.Reset: func(chaos.Toxic) lab.Toxic { return reset },
	chaos.LimitDown: func(t chaos.Toxic) lab.Toxic {
		return lab.Toxic{Type: "limit_data", Attributes: attributes{"bytes": t.Bytes}}
	},
	chaos.LimitUp: func(t chaos.Toxic) lab.Toxic {
		return lab.Toxic{Type: "limit_data", Upstream: true, Attributes: attributes{"bytes": t.Bytes}}
	},
	// Its own bandwidth is in kilobytes.
	chaos.Bandwidth: sliced,
	chaos.Slicer:    sliced,
	chaos.Latency: func(t chaos.Toxic) lab.Toxic {
		// As much of the lab's timeout as it is of production's.
		return lab.Toxic{Type: "latency", Attributes: attributes{"latency": (t.Delay * lab.Timeout / shippedTimeout).Milliseconds()}}
	},
	chaos.SlowClose: func(t chaos.Toxic) lab.Toxic {
		return lab.Toxic{Type: "slow_close", Attributes: attributes{"delay": t.Delay.Milliseconds()}}
	},
}

// shippedTimeout is that of one check in the shipped configuration.
const shippedTimeout = 5 * time.Second

func sliced(t chaos.Toxic) lab.Toxic {
	return lab.Toxic{Type: "slicer", Attributes: attributes{"average_size": t.Bytes, "size_variation": 0, "delay": t.Delay.Microseconds()}}
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
	switch toxic, ok := toxics[d.Toxic.Kind]; {
	case d.Toxic.Kind == chaos.Cut:
		inject = cut(on...)
	case d.Toxic.Kind == chaos.Drop:
		inject = silence(on...)
	case ok:
		inject = poison(toxic(d.Toxic), on...)
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

func mend(links ...lab.Link) act {
	return func(_ context.Context, l *lab.Lab) error { return l.Mend(links...) }
}

func silence(links ...lab.Link) act {
	return func(ctx context.Context, l *lab.Lab) error { return l.Silence(ctx, links...) }
}

func unfilter(ctx context.Context, l *lab.Lab) error { return l.Unfilter(ctx) }

func poison(t lab.Toxic, links ...lab.Link) act {
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
		err := l.Poison(link, reset)
		if err != nil {
			return err
		}
		return l.Mend(link)
	}
}
