package chaos

import "time"

// Link is what lies between the exporter and one of its upstreams.
type Link string

// The links of the exporter.
const (
	LinkDocker     Link = "docker"
	LinkNASVault   Link = "nas_vault"
	LinkMainVault  Link = "main_vault"
	LinkKubernetes Link = "kubernetes"
)

// Kind says what goes wrong on a link. Up is towards the server, down is back.
type Kind string

// The kinds of toxics.
const (
	Cut       Kind = "cut"        // connections are refused, and those that there are end
	Drop      Kind = "drop"       // packets are dropped: nothing is refused, nothing arrives
	Latency   Kind = "latency"    // each answer comes later
	StallDown Kind = "stall_down" // half open: requests arrive, answers do not
	StallUp   Kind = "stall_up"   // half open: requests do not arrive
	Reset     Kind = "reset_peer" // connections are taken and reset
	LimitDown Kind = "limit_down" // the connection ends after some bytes of the answer
	LimitUp   Kind = "limit_up"   // the connection ends after some bytes of the request
	Bandwidth Kind = "bandwidth"  // answers drip
	SlowClose Kind = "slow_close" // the end of a connection comes later
	Slicer    Kind = "slicer"     // answers come in small pieces
)

// Toxic is one way to disturb a link.
type Toxic struct {
	Kind Kind
	// Delay is by how much what is late is late.
	Delay time.Duration
	// Bytes are after how many a connection ends, how many come in a second, or
	// how many there are in a piece.
	Bytes int
}

// Disturbed is a toxic on links.
type Disturbed struct {
	Links []Link
	Toxic Toxic
}
