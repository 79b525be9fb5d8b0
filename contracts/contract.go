// Package contracts holds what the exporter and the broker rely on, written
// down as data: every request that they make of another hop, the answers that
// a reason depends on, and what they must make of each.
//
// The same data is read three times. The consumer tests run the programs' own
// clients against a mock that answers as written here, and record the result
// as pact files under pacts/. The provider verification replays those files
// against the embedded homelab, against the lab's real servers and, reading
// only, against a live one.
package contracts

import (
	"fmt"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// Pair is a consumer and one of its providers; each pair has one pact file.
type Pair struct {
	Consumer, Provider string
	Exchanges          []Exchange
}

// The programs that consume.
const (
	Exporter = "vault-health-exporter"
	Broker   = "nas-token-broker"
)

// The servers that provide.
const (
	NASVault     = "nas-vault"
	MainVault    = "main-vault"
	Kubernetes   = "kubernetes"
	Docker       = "docker"
	NASContainer = "nas-container"
)

// Exchange is one call of a program's own client: the requests that it makes,
// what it is told, and what it makes of that.
type Exchange struct {
	Call         Call
	Interactions []Interaction
	// Reason is why the call must fail; "" where it must succeed.
	Reason reason.Reason
	// DropsQuery puts a proxy that loses the query between the client and the
	// server.
	DropsQuery bool
}

// Interaction is one request, the state in which the provider gets it, and the
// answer.
type Interaction struct {
	// Description is unique within a pair.
	Description string
	State       State
	Request     Request
	Response    Response
}

// Request is what the client sends. The values of Query, Header and Body may
// be matchers.
type Request struct {
	Method string
	Path   any // a string or a matcher
	Query  map[string]string
	Header map[string]any
	Body   any // nil for none
}

// Response is what the provider sends. Text is a body that is not JSON.
type Response struct {
	Status int
	Header map[string]any
	Body   any
	Text   string
}

// Name names the pair's pact file.
func (p Pair) Name() string { return p.Consumer + "-" + p.Provider }

// Interactions returns the pair's interactions, each once: several exchanges
// may begin with the same request.
func (p Pair) Interactions() []Interaction {
	var all []Interaction
	seen := map[string]bool{}
	for _, exchange := range p.Exchanges {
		for _, interaction := range exchange.Interactions {
			if !seen[interaction.Description] {
				seen[interaction.Description] = true
				all = append(all, interaction)
			}
		}
	}
	return all
}

// Find returns the interaction with the description.
func (p Pair) Find(description string) (Interaction, error) {
	for _, interaction := range p.Interactions() {
		if interaction.Description == description {
			return interaction, nil
		}
	}
	return Interaction{}, fmt.Errorf("finding %q in the contract of %q: there is none", description, p.Name())
}

// Pairs returns every pair that speaks HTTP.
func Pairs() []Pair {
	return []Pair{
		{Exporter, NASVault, exporterNASVault()},
		{Exporter, MainVault, exporterMainVault()},
		{Exporter, Kubernetes, exporterKubernetes()},
		{Exporter, Docker, exporterDocker()},
		{Broker, NASVault, brokerNASVault()},
		{Broker, MainVault, brokerMainVault()},
		{Broker, Kubernetes, brokerKubernetes()},
	}
}
