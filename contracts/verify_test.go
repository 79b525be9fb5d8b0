//go:build pact

package contracts_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pact-foundation/pact-go/v2/log"
	"github.com/pact-foundation/pact-go/v2/message"
	"github.com/pact-foundation/pact-go/v2/models"
	"github.com/pact-foundation/pact-go/v2/provider"

	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/e2e/evidence"
)

func init() {
	// Anything more prints bodies.
	if err := log.SetLogLevel("ERROR"); err != nil {
		panic(err)
	}
}

// home is a place at which the pacts are verified.
type home interface {
	// name is that of the place in the results; "" keeps none.
	name() string
	// cannot says why the place cannot be put into a state; "" where it can.
	cannot(pair contracts.Pair, state contracts.State) string
	// enter puts the pair's provider into the state and says how to reach it
	// there; leave undoes it.
	enter(ctx context.Context, pair contracts.Pair, state contracts.State) (to access, leave func() error, err error)
	// mustVerify says that at least one interaction of the pair must run.
	mustVerify(pair contracts.Pair) bool
	// exec runs a command in the container on the NAS.
	exec(ctx context.Context, argv []string) (contracts.Execution, error)
}

// stateTimeout bounds putting a provider into a state.
const stateTimeout = time.Minute

// verify replays every pact that is checked in against a home, each
// interaction by itself, and counts.
func verify(t *testing.T, h home) {
	results, record := contracts.Results{}, evidence.Record{}
	if h.name() != "" {
		var err error
		if record, err = evidence.Begin(t.Context(), repository, contracts.Suite(h.name())); err != nil {
			t.Fatal(err)
		}
	}
	for _, pair := range append(contracts.Pairs(), contracts.Pair{Consumer: contracts.Exporter, Provider: contracts.NASContainer}) {
		t.Run(pair.Name(), func(t *testing.T) {
			pact, interactions := readPact(t, pair)
			total := len(pair.Interactions())
			if pair.Provider == contracts.NASContainer {
				total = len(contracts.Messages())
			}
			if len(interactions) != total || total == 0 {
				t.Fatalf("got %d interactions in the pact, want the contract's %d", len(interactions), total)
			}
			// One state after the other: some cost much to enter.
			slices.SortStableFunc(interactions, func(a, b recorded) int { return strings.Compare(string(a.state()), string(b.state())) })
			verified, notRun := 0, 0
			for _, interaction := range interactions {
				description, state := interaction.Description, interaction.state()
				if why := h.cannot(pair, state); why != "" {
					notRun++
					results.Add(h.name(), pair.Name(), description, interaction.record(evidence.NotRun))
					t.Logf("not run: %s: %s", description, why)
					continue
				}
				passed := t.Run(description, func(t *testing.T) {
					if interaction.redirects() {
						replayRedirect(t, h, pair, description)
						return
					}
					replay(t, h, pair, pact, interaction)
				})
				if passed {
					verified++
				}
				results.Add(h.name(), pair.Name(), description, interaction.record(evidence.Outcome(passed)))
			}
			fmt.Printf("%-8s %-42s verified %d/%d, not run %d\n", h.name(), pair.Name(), verified, total, notRun)
			if verified+notRun != total || verified == 0 && h.mustVerify(pair) {
				t.Errorf("got %d verified and %d not run of %d", verified, notRun, total)
			}
		})
	}
	if h.name() == "" {
		return
	}
	record.Rows = results.Rows(h.name())
	if err := record.Finish(t.Context(), repository); err != nil {
		t.Error(err)
	}
}

// replay verifies one interaction, in a pact of its own.
func replay(t *testing.T, h home, pair contracts.Pair, pact map[string]any, interaction recorded) {
	pact["interactions"] = []any{interaction.raw}
	encoded, err := json.Marshal(pact)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), pair.Name()+".json")
	if err := os.WriteFile(file, encoded, 0o600); err != nil {
		t.Fatal(err)
	}
	var (
		asked, entered atomic.Int32
		to             access
		leave          = func() error { return nil }
	)
	ctx, cancel := context.WithTimeout(t.Context(), stateTimeout)
	defer cancel()
	change := func(setup bool, s models.ProviderState) (models.ProviderStateResponse, error) {
		if !setup {
			return nil, nil // the state is left below, also when the verifier fails
		}
		var err error
		to, leave, err = h.enter(ctx, pair, contracts.State(s.Name))
		if err != nil {
			t.Errorf("entering the state %q: %v", s.Name, err)
			return nil, err
		}
		entered.Add(1)
		return nil, nil
	}
	request := provider.VerifyRequest{
		Provider: pair.Provider, ProviderBaseURL: "http://127.0.0.1:1", // never dialled: the filter answers
		PactFiles: []string{file}, FailIfNoPactsFound: true, DisableColoredOutput: true, RequestTimeout: stateTimeout,
		StateHandlers: models.StateHandlers{string(interaction.state()): change},
		RequestFilter: func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				to.ServeHTTP(w, r)
			})
		},
	}
	if pair.Provider == contracts.NASContainer {
		request.MessageHandlers = message.Handlers{interaction.Description: func([]models.ProviderState) (message.Body, message.Metadata, error) {
			asked.Add(1)
			made, err := h.exec(ctx, interaction.argv())
			if err != nil {
				t.Errorf("running the command: %v", err)
			}
			return made, message.Metadata{"contentType": "application/json"}, err
		}}
	}
	_ = provider.NewVerifier().VerifyProvider(t, request) // which reports to t
	if err := leave(); err != nil {
		t.Errorf("leaving the state %q: %v", interaction.state(), err)
	}
	if asked.Load() != 1 || entered.Load() != 1 {
		t.Errorf("got %d requests and %d states, want 1 of each", asked.Load(), entered.Load())
	}
}
