package lab

import (
	"fmt"
	"slices"
	"strings"
)

// MaxLanes is how many flows there can be beside the shipped one.
const MaxLanes = 8

// shippedFlow is the shipped flow's name in the exporter's configuration.
const shippedFlow = "qnap"

// laneAliases are the containers that a lane has for itself.
var laneAliases = []string{aliasDockerFront, aliasNASContainer, aliasOtherVault}

// Lanes is how many flows the lab has beside the shipped one.
func (l *Lab) Lanes() int { return l.lanes }

// Lane is the lab as one of its flows sees it: zero is the shipped flow, the
// others are copies of it. A lane has its own links, token and token file, and
// its own objects in Kubernetes and the Vaults; the servers are everybody's.
func (l *Lab) Lane(number int) *Lab {
	view := *l
	view.lane = number
	return &view
}

// Flow is the flow's name in the exporter's configuration.
func (l *Lab) Flow() string { return l.own(shippedFlow) }

// Number is which of the lab's flows it is, zero for the shipped one.
func (l *Lab) Number() int { return l.lane }

// Shipped says whether it is the shipped flow, and not a copy of it.
func (l *Lab) Shipped() bool { return l.lane == 0 }

// own is what something of the shipped flow is called in this one.
func (l *Lab) own(name string) string { return lanePrefix(l.lane) + name }

func lanePrefix(lane int) string {
	if lane == 0 {
		return ""
	}
	return fmt.Sprintf("lane%d-", lane)
}

// everyLane are the numbers of the flows, the shipped one first.
func (l *Lab) everyLane() []int {
	var all []int
	for lane := range l.lanes + 1 {
		all = append(all, lane)
	}
	return all
}

// NASPath and MainPath are where the Vaults have the flow's token.
func (l *Lab) NASPath() string { return l.own(kvNASPath) }

// MainPath is the main Vault's.
func (l *Lab) MainPath() string { return l.own(kvMainPath) }

// Named is what a policy, a role or a quota of the shipped flow is called in this
// one.
func (l *Lab) Named(name string) string { return l.own(name) }

// laneAddress is a Service's of a lane: the nth of those that each has.
func laneAddress(lane, n int) string { return fmt.Sprintf("10.43.0.%d", 110+10*lane+n) }

// The Services of a lane, in the place of those of the shipped flow.
const (
	laneNASVault = iota
	laneNASVaultJobs
	laneNASDocker
	laneMainVault
	laneKubernetes
)

// laneServices are the addresses at which lanes reach a server.
func laneServices(kinds ...int) []string {
	var all []string
	for lane := 1; lane <= MaxLanes; lane++ {
		for _, kind := range kinds {
			all = append(all, laneAddress(lane, kind))
		}
	}
	return all
}

// isOther says whether an alias is of a Vault that a fault has put in the NAS
// Vault's place.
func isOther(alias string) bool { return strings.HasSuffix(alias, aliasOtherVault) }

// known says whether a lab that is whole has a container of that alias.
func (l *Lab) known(alias string) bool {
	return slices.ContainsFunc(l.everyLane(), func(lane int) bool {
		shipped, ok := strings.CutPrefix(alias, lanePrefix(lane))
		return ok && !isOther(alias) && (lane == 0 && slices.Contains(serverAliases, shipped) || slices.Contains(laneAliases, shipped))
	})
}
