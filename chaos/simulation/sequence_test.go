//go:build !race

package simulation_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"

	"homelab.io/vault-health-exporter/chaos/oracle"
	"homelab.io/vault-health-exporter/chaos/simulation"
)

var (
	sequences = flag.Int("sequences", 6, "how many random sequences are played")
	replay    = flag.String("replay", "", "a script that is played three times")
)

// length is how many steps a sequence has.
const length = 16

// regressions is where scripts are that failed once.
const regressions = "../regressions"

// steps generates a sequence; gopter shrinks it by leaving steps out.
func steps() gopter.Gen {
	var names []any
	for _, name := range simulation.Single() {
		names = append(names, name)
	}
	fault := func(do oracle.Verb) gopter.Gen {
		return gen.OneConstOf(names...).Map(func(name string) simulation.Step { return simulation.Step{Do: do, Fault: name} })
	}
	wait := gen.OneConstOf(41*time.Second, 127*time.Second, 6*time.Minute, 17*time.Minute).Map(func(d time.Duration) simulation.Step {
		return simulation.Step{Do: oracle.Wait, For: d}
	})
	return gen.SliceOf(gen.Weighted([]gen.WeightedGen{
		{Weight: 5, Gen: fault(oracle.Break)},
		{Weight: 2, Gen: fault(oracle.Heal)},
		{Weight: 6, Gen: wait},
		{Weight: 2, Gen: gen.Const(simulation.Step{Do: oracle.Rotate})},
		{Weight: 1, Gen: gen.Const(simulation.Step{Do: oracle.Restart})},
		{Weight: 1, Gen: gen.Const(simulation.Step{Do: oracle.Live, For: 19 * time.Minute})},
	}))
}

// TestRandomSequences plays short sequences of anything. One that fails is shrunk
// to the steps that matter and kept beside the others that failed once.
func TestRandomSequences(t *testing.T) {
	parameters := gopter.DefaultTestParametersWithSeed(int64(*seed))
	parameters.MinSuccessfulTests, parameters.MinSize, parameters.MaxSize = *sequences, length, length
	properties := gopter.NewProperties(parameters)
	var failed simulation.Script // the last, and so the shortest, that failed
	var shrunk []simulation.Step // what it is made of
	var found []oracle.Finding
	played := 0
	properties.Property("the oracle finds nothing", prop.ForAll(func(s []simulation.Step) bool {
		script := simulation.Whole(s)
		played += len(script)
		wrong := oracle.Judge(simulation.Run(t, script, simulation.Options{}))
		if len(wrong) > 0 {
			failed, shrunk, found = script, s, wrong
		}
		return len(wrong) == 0
	}, steps()))
	var report bytes.Buffer
	ok := properties.Run(gopter.NewFormatedReporter(false, 100, &report))
	t.Logf("seed %d: %d steps played", *seed, played)
	if ok {
		return
	}
	if failed == nil {
		t.Fatalf("the generator gave up:\n%s", &report)
	}
	name := filepath.Join(regressions, fmt.Sprintf("seed-%d.txt", *seed))
	text := fmt.Sprintf("# Found by seed %d and shrunk: %s\n%s", *seed, found[0], failed)
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Error(err)
	}
	t.Errorf("%s\n\nshrunk to %d steps:\n%s\ngo test ./chaos/simulation -run TestReplay -replay=%s plays it again", found[0], done(shrunk), failed, filepath.Base(name))
}

// done counts what is done; for how long tokens live is no step of a run.
func done(steps []simulation.Step) int {
	return len(slices.DeleteFunc(slices.Clone(steps), func(s simulation.Step) bool { return s.Do == oracle.Live }))
}

// TestRegressions plays every script that failed once.
func TestRegressions(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(regressions, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("got no script")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			complain(t, oracle.Judge(simulation.RunPaged(t, read(t, file), simulation.Options{})))
		})
	}
}

func read(t *testing.T, file string) simulation.Script {
	t.Helper()
	content, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	script, err := simulation.Parse(content)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return script
}

// TestReplay plays a script three times and says whether it fails every time.
func TestReplay(t *testing.T) {
	if *replay == "" {
		t.Skip("-replay names no script")
	}
	file := *replay
	if !strings.ContainsRune(file, filepath.Separator) {
		file = filepath.Join(regressions, file)
	}
	script := read(t, file)
	failures := 0
	var last []oracle.Finding
	for range 3 {
		if found := oracle.Judge(simulation.RunPaged(t, script, simulation.Options{})); len(found) > 0 {
			failures, last = failures+1, found
		}
	}
	complain(t, last)
	t.Logf("%s: %s", file, map[int]string{0: "passes, deterministic", 3: "fails, deterministic"}[failures]+map[bool]string{true: "flaky"}[failures%3 != 0])
}
