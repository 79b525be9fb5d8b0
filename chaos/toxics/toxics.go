// Package toxics has toxiproxy's words for what the catalogue does to a link,
// whichever toxiproxy plays it: one in a test's process, or the lab's.
package toxics

import "homelab.io/vault-health-exporter/chaos"

// Toxic is one of toxiproxy's, as its API takes it. It is done to every connection:
// toxiproxy's own dice know no seed.
type Toxic struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// Stream is the direction: upstream is the one to the server.
	Stream     string         `json:"stream"`
	Attributes map[string]any `json:"attributes"`
}

// Of returns toxiproxy's word, and false for what it plays without one, by
// refusing connections, and for what it cannot, dropping packets.
func Of(t chaos.Toxic) (Toxic, bool) {
	switch t.Kind {
	case chaos.Latency:
		return down("latency", "latency", t.Delay.Milliseconds()), true
	case chaos.StallDown:
		return down("timeout", "timeout", 0), true
	case chaos.StallUp:
		return up("timeout", "timeout", 0), true
	case chaos.Reset:
		return down("reset_peer", "timeout", 0), true
	case chaos.LimitDown:
		return down("limit_data", "bytes", t.Bytes), true
	case chaos.LimitUp:
		return up("limit_data", "bytes", t.Bytes), true
	case chaos.SlowClose:
		return down("slow_close", "delay", t.Delay.Milliseconds()), true
	case chaos.Slicer, chaos.Bandwidth: // its own bandwidth has no less than a kilobyte a second
		sliced := down("slicer", "average_size", t.Bytes)
		sliced.Attributes["size_variation"], sliced.Attributes["delay"] = 0, t.Delay.Microseconds()
		return sliced, true
	}
	return Toxic{}, false
}

func down(kind, attribute string, value any) Toxic {
	return Toxic{kind + "_downstream", kind, "downstream", map[string]any{attribute: value}}
}

func up(kind, attribute string, value any) Toxic {
	return Toxic{kind + "_upstream", kind, "upstream", map[string]any{attribute: value}}
}
