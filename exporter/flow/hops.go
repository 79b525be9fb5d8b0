// Package flow is the map of one NAS → applications token path: which hops it
// can have, in which order, which hold a copy of the token, who depends on
// whom, and, from that, which hop explains a broken flow.
package flow

import "slices"

// Hop names one place on a flow that can break on its own. It is the value of
// the label "hop" everywhere.
type Hop string

// The hops, in data-flow order.
const (
	DockerExec     Hop = "docker_exec"
	NASVault       Hop = "nas_vault"
	NASKV          Hop = "nas_kv"
	Broker         Hop = "broker"
	MainVault      Hop = "main_vault"
	MainKV         Hop = "main_kv"
	ExternalSecret Hop = "external_secret"
	K8sSecret      Hop = "k8s_secret"
	Token          Hop = "token"
	PKI            Hop = "pki"
	Transit        Hop = "transit"
)

// Entry is one row of the map.
type Entry struct {
	Hop Hop
	// Title is what a person calls the hop.
	Title string
	// OnNAS says that the hop is on the NAS; the others are on the main cluster.
	OnNAS bool
	// HoldsToken says that the hop holds a copy of the token, so that reading
	// it is a retrieval and its value takes part in the comparison.
	HoldsToken bool
	// CopiesFrom lists the hops that this hop's copy is made from, nearest
	// first; the first of them that is configured is the other end of the pair.
	CopiesFrom []Hop
	// MovedBy is the hop that carries the value here; it is blamed for a copy
	// that stays behind. Without it, or where it is not configured, the copy
	// itself is blamed.
	MovedBy Hop
	// Asks lists the hops whose server this hop's check itself calls.
	Asks []Hop
	// DependsOn lists the hops whose server this hop needs for its own work. Its
	// check does not call them, so their failure shows here late.
	DependsOn []Hop
	// Needs lists the hops whose output this hop works on.
	Needs []Hop
	// Verifies says that a copier refuses what is no working token instead of
	// copying it.
	Verifies bool
	// Loss is what does not work while the hop is broken and applications are
	// served from a copy. Beside, where it is something else, is the same while the
	// Secret is not fed through the hop.
	Loss, Beside string
}

var entries = []Entry{
	{Hop: DockerExec, Title: "Token file on the NAS", OnNAS: true, HoldsToken: true, CopiesFrom: []Hop{NASKV},
		Loss: "What reads the token file, as the bootstrap does, gets no token or an old one."},
	{Hop: NASVault, Title: "NAS Vault", OnNAS: true,
		Loss: "Meanwhile no token is rotated, no certificate is issued, and what it unseals stays sealed after a restart."},
	{Hop: NASKV, Title: "Token in the NAS Vault", OnNAS: true, HoldsToken: true, Asks: []Hop{NASVault},
		Loss: "There is nothing good to copy: the next rotation will not reach the applications."},
	{Hop: Broker, Title: "Token broker", DependsOn: []Hop{NASVault, MainVault}, Needs: []Hop{NASKV}, Verifies: true,
		Loss:   "The next rotation will not reach the applications.",
		Beside: "The copy that it writes, which the applications' Secret is not made from, stays as it is."},
	{Hop: MainVault, Title: "Main Vault", DependsOn: []Hop{NASVault, Transit},
		Loss:   "Nothing that is kept in the main Vault is refreshed: the next rotation will not reach the applications.",
		Beside: "Nothing that is kept in the main Vault is refreshed; the applications' Secret is not made from it."},
	{Hop: MainKV, Title: "Token in the main Vault", HoldsToken: true, CopiesFrom: []Hop{NASKV, DockerExec}, MovedBy: Broker, Asks: []Hop{MainVault}, Needs: []Hop{Broker},
		Loss:   "There is nothing good to copy: the next rotation will not reach the applications.",
		Beside: "The main Vault's copy is no good; the applications' Secret is not made from it."},
	{Hop: ExternalSecret, Title: "External Secret", DependsOn: []Hop{MainVault}, Needs: []Hop{MainKV},
		Loss: "The Secret is not refreshed: the next rotation will not reach the applications."},
	{Hop: K8sSecret, Title: "Secret that applications read", HoldsToken: true, CopiesFrom: []Hop{MainKV, NASKV, DockerExec}, MovedBy: ExternalSecret, Needs: []Hop{ExternalSecret},
		Loss: "The Secret differs from what it is made from: a revoked token may stay in use."},
	{Hop: Token, Title: "Token check at the NAS", Asks: []Hop{NASVault, K8sSecret}, Needs: []Hop{K8sSecret},
		Loss: "It is not known whether the NAS still accepts the token that they hold."},
	{Hop: PKI, Title: "Certificate issuance", OnNAS: true, Asks: []Hop{NASVault},
		Loss: "No certificate is issued: those in use will expire."},
	{Hop: Transit, Title: "Unseal key in the NAS Vault", OnNAS: true, Asks: []Hop{NASVault},
		Loss: "The main Vault cannot unseal itself if it restarts."},
}

// Entries returns the map in data-flow order.
func Entries() []Entry { return slices.Clone(entries) }

// All returns every hop, in data-flow order.
func All() []Hop {
	all := make([]Hop, len(entries))
	for i, e := range entries {
		all[i] = e.Hop
	}
	return all
}

// Lookup returns the row of h; ok is false where there is no such hop.
func Lookup(h Hop) (entry Entry, ok bool) {
	i := slices.IndexFunc(entries, func(e Entry) bool { return e.Hop == h })
	if i < 0 {
		return Entry{}, false
	}
	return entries[i], true
}

// Pair is two copies of the token, the one made from the other.
type Pair struct{ From, To Hop }

// Pairs returns the pairs whose values are compared among the configured hops,
// where the Secret is fed so.
func Pairs(configured []Hop, feed Feed) []Pair {
	var pairs []Pair
	for _, e := range entries {
		if !slices.Contains(configured, e.Hop) {
			continue
		}
		for _, from := range feed.lookup(e.Hop).CopiesFrom {
			if slices.Contains(configured, from) {
				pairs = append(pairs, Pair{From: from, To: e.Hop})
				break
			}
		}
	}
	return pairs
}

// Ways returns the pairs whose propagation is timed: those that are compared,
// and the whole way from the first source to the Secret that applications
// read, which is how long they may hold a token that is dead.
func Ways(configured []Hop, feed Feed) []Pair {
	ways := Pairs(configured, feed)
	ahead := feed.lookup(K8sSecret).CopiesFrom
	i := slices.IndexFunc(sources, func(h Hop) bool { return slices.Contains(configured, h) && slices.Contains(ahead, h) })
	if i < 0 || !slices.Contains(configured, K8sSecret) {
		return ways
	}
	whole := Pair{From: sources[i], To: K8sSecret}
	if !slices.Contains(ways, whole) {
		ways = append(ways, whole)
	}
	return ways
}

// sources are where a new token may appear first, the likeliest first.
var sources = []Hop{NASKV, DockerExec, MainKV}

// Retrievals returns those of the hops that hold a copy of the token.
func Retrievals(configured []Hop) []Hop {
	return slices.DeleteFunc(slices.Clone(configured), func(h Hop) bool {
		e, ok := Lookup(h)
		return !ok || !e.HoldsToken
	})
}
