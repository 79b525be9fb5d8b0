package homelab

import "fmt"

// Standing is what a Vault is in a cluster. A homelab has one node of each; the
// others are not there, also where it says that it reaches them.
type Standing string

// The standings of a node.
const (
	Alone       Standing = "alone"       // active
	Forwarding  Standing = "forwarding"  // a standby that forwards to its active node
	Redirecting Standing = "redirecting" // a standby that cannot, and sends clients there
	CutOff      Standing = "cut off"     // the same, once it says so itself
	Removed     Standing = "removed"     // from its cluster
)

// SetStanding makes a Vault a node of a cluster, or alone again.
func (h *Homelab) SetStanding(vault string, as Standing) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	node, _, err := h.node(vault)
	if err != nil {
		return err
	}
	standing, known := map[Standing]condition{
		Alone: serving, Forwarding: forwarding, Redirecting: redirecting, CutOff: cutOff, Removed: removed,
	}[as]
	if !known {
		return fmt.Errorf("making the Vault %q a node that is %q: there is no such standing", vault, as)
	}
	node.standing = standing
	return nil
}
