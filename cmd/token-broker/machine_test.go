package main

import (
	"flag"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"
)

var (
	machineSteps = flag.Int64("rotation.steps", 150, "random steps of the rotation's state machine")
	machineSeed  = flag.Int64("rotation.seed", 0, "seed of the state machine; 0 takes the time")
	machineVault = flag.String("rotation.vault", "", "address of a real, empty Vault whose root token is in VAULT_TOKEN; embedded without")
)

const stepsASequence = 12

// TestRotationStateMachine takes random steps: rotations that are killed, cut
// into or run twice at any of their requests, and a world that changes between
// steps and within them. What holds at each point is in machine_world_test.go.
func TestRotationStateMachine(t *testing.T) {
	var steps, sequences atomic.Int64
	seed := *machineSeed
	if seed == 0 {
		seed = time.Now().UnixNano()
	}
	parameters := gopter.DefaultTestParametersWithSeed(seed)
	parameters.MinSuccessfulTests = int(*machineSteps+stepsASequence-1) / stepsASequence
	parameters.MinSize, parameters.MaxSize = stepsASequence, stepsASequence
	parameters.Workers = 1
	t.Logf("seed %d; again: go test ./cmd/token-broker -run %s -rotation.seed=%d -rotation.steps=%d", seed, t.Name(), seed, *machineSteps)
	properties := gopter.NewProperties(parameters)
	properties.Property("the rotation revokes only what it may", prop.ForAll(func(codes []uint32) string {
		w := newMachine(t, int(sequences.Add(1)))
		defer w.close()
		for i, code := range codes {
			steps.Add(1)
			w.step(code)
			if w.wrong != "" {
				return fmt.Sprintf("step %d of %s: %s", i+1, describe(codes), w.wrong)
			}
		}
		if w.settle(); w.wrong != "" {
			return fmt.Sprintf("at rest after %s: %s", describe(codes), w.wrong)
		}
		return ""
	}, gen.SliceOf(gen.UInt32Range(0, 1<<24))))
	properties.TestingRun(t)
	t.Logf("%d steps", steps.Load())
}

func newMachine(t *testing.T, sequence int) *machine {
	w := &machine{world: newWorld(t), path: fmt.Sprintf("tokens/machine-%d-%d", os.Getpid(), sequence),
		made: map[string]bool{}, replaced: map[string]bool{}, handed: map[string]bool{}, untraced: map[string]bool{}, unseen: map[string]bool{}}
	w.t = t
	backend := w.nasAPI
	if *machineVault != "" {
		target, err := url.Parse(*machineVault)
		if err != nil {
			t.Fatal(err)
		}
		backend = &httputilProxy{target: target}
		w.real = vault{url: *machineVault, token: os.Getenv("VAULT_TOKEN")}
	} else {
		w.real = w.nas
	}
	w.servers = map[string]*httptest.Server{
		"nas":  httptest.NewServer(w.watch(backend)),
		"main": httptest.NewServer(w.watch(w.mainAPI)),
		"kube": newTLSServer(w.watch(w.kube)),
	}
	w.main.admit("token-rotator", capabilities{"secret/data/nas/vault-token": {"read"}})
	w.file("rotator", w.real.issueRotator(w.path))
	w.initial, _ = w.real.issue()
	w.real.publish(w.path, map[string]any{"token": w.initial})
	_, w.administrator = w.real.issue()
	w.propagate()
	w.configure()
	w.remember()
	w.mu.Lock() // close ends it
	return w
}

func describe(codes []uint32) string {
	var words []string
	for _, code := range codes {
		words = append(words, decode(code).String())
	}
	return strings.Join(words, ", ")
}
