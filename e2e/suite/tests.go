package suite

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/chaos/report"
	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
)

// The evidence of the tests around the pacts. What was verified of the pacts
// themselves the tests keep on their own, by place.
const (
	suiteContractsTests    = "contracts-tests"
	suiteContractsLabTests = "contracts-lab-tests"
)

// product are the folders that coverage is measured of.
var product = []string{"exporter", "cmd/vault-health-exporter", "cmd/token-broker", "cmd/internal"}

// Where coverage is kept: of the tests here, and of the programs in the lab.
const (
	coverageHere = Reports + "/coverage/here"
	coverageLab  = Reports + "/coverage/lab"
)

// apart are packages that stages of their own run.
var apart = []string{"/alerts", "/chaos/simulation"}

// testsInto runs go test and keeps its rows as a suite's.
func (b *Bench) testsInto(ctx context.Context, suite string, adapt func([]evidence.Row) []evidence.Row, environment []string, arguments ...string) error {
	return b.record(ctx, suite, func(r *evidence.Record, log io.Writer) error {
		rows, err := b.goTest(ctx, log, environment, arguments...)
		if adapt != nil {
			rows = adapt(rows)
		}
		r.Rows = rows
		return err
	})
}

func runUnit(ctx context.Context, b *Bench) error {
	covered := b.path(coverageHere)
	if err := emptyFolder(covered); err != nil {
		return err
	}
	packages, err := b.packages(ctx)
	if err != nil {
		return err
	}
	// Atomic, as the images of the lab are built: counters of two modes do not merge.
	arguments := slices.Concat([]string{"-timeout=60m", "-cover", "-covermode=atomic", "-coverpkg=./" + strings.Join(product, "/...,./") + "/..."}, packages, []string{"-args", "-test.gocoverdir=" + covered})
	return b.testsInto(ctx, gate.SuiteUnit, nil, nil, arguments...)
}

// packages are those with tests that have no stage of their own.
func (b *Bench) packages(ctx context.Context) ([]string, error) {
	list := b.command(ctx, "go", "list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}", "./...")
	listed, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the packages: %w", err)
	}
	return slices.DeleteFunc(strings.Fields(string(listed)), func(pkg string) bool {
		return slices.ContainsFunc(apart, func(suffix string) bool { return strings.HasSuffix(pkg, suffix) })
	}), nil
}

func emptyFolder(path string) error {
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	return os.MkdirAll(path, 0o750)
}

func runSimulation(ctx context.Context, b *Bench) error {
	const folder = Reports + "/simulation"
	return b.record(ctx, gate.SuiteSimulation, func(r *evidence.Record, log io.Writer) error {
		rows, err := b.goTest(ctx, log, nil, "-timeout=60m", "./chaos/simulation", "-args", "-seed="+strconv.FormatUint(b.Seed, 10), "-report="+b.path(folder))
		if err != nil {
			return err
		}
		r.Rows, r.Files = byTest(rows), append(r.Files, folder+"/report.html")
		played, err := report.Read(b.path(folder))
		if err != nil {
			return err
		}
		var longest time.Duration
		for _, row := range played.Rows {
			longest = max(longest, row.Recovered)
		}
		r.Values = []evidence.Value{{Name: "recover_max", Value: longest.Seconds(), Unit: "seconds"}, {Name: "faults", Value: float64(len(played.Rows)), Unit: "faults"}}
		return nil
	})
}

func runAlerts(ctx context.Context, b *Bench) error {
	return b.testsInto(ctx, gate.SuiteAlerts, byTest, nil, "-timeout=60m", "./alerts", "-args", "-promtool="+b.path(".build/promtool"))
}

// pact is the environment of what is linked with Pact's library, which is C.
func (b *Bench) pact(ctx context.Context, log io.Writer) ([]string, error) {
	script := b.path("contracts/pact-library")
	if _, exit, err := b.tool(ctx, log, script); err != nil || exit != 0 {
		return nil, fmt.Errorf("finding Pact's library: exit code %d: %w", exit, err)
	}
	printed, exit, err := b.tool(ctx, log, script, "--environment")
	if err != nil || exit != 0 {
		return nil, fmt.Errorf("finding Pact's library: exit code %d: %w", exit, err)
	}
	return append(strings.Fields(string(printed)), "CGO_ENABLED=1"), nil
}

func runContractsDemo(ctx context.Context, b *Bench) error {
	return b.pacts(ctx, suiteContractsTests, "pact", "^(TestConsumers|TestDemo|TestLiveIsSafe|TestRedactionLeavesNoToken)$")
}

func runContractsLab(ctx context.Context, b *Bench) error {
	return b.pacts(ctx, suiteContractsLabTests, "pact,e2e", "^TestLab$")
}

func (b *Bench) pacts(ctx context.Context, suite, tags, tests string) error {
	log, err := b.log("pact-library")
	if err != nil {
		return err
	}
	defer log.Close()
	environment, err := b.pact(ctx, log)
	if err != nil {
		return err
	}
	return b.testsInto(ctx, suite, byTest, environment, "-tags="+tags, "-timeout=30m", "-run="+tests, "./contracts/")
}

// runContracts decides by the rule of can-i-deploy.
func runContracts(ctx context.Context, b *Bench) error {
	return b.record(ctx, gate.SuiteContracts, func(r *evidence.Record, _ io.Writer) error {
		records, err := evidence.Read(b.path(evidence.Folder))
		if err != nil {
			return err
		}
		pacts, err := contracts.LoadPacts(b.path("contracts/pacts"))
		if err != nil {
			return err
		}
		results := contracts.ResultsOf(records, r.Tree)
		missing := map[string]evidence.Result{}
		for _, m := range contracts.CanDeploy(pacts, results, []string{"demo", "lab"}, nil) {
			missing[m.Pair+" "+m.Description] = m.Result
		}
		for pair, descriptions := range pacts {
			for description, digest := range descriptions {
				row := evidence.Row{Check: pair, Name: description, Digest: digest, Result: evidence.Verified}
				if result, is := missing[pair+" "+description]; is {
					row.Result, row.Why = result, "see the evidence "+contracts.Suite("demo")+" and "+contracts.Suite("lab")
				}
				r.Rows = append(r.Rows, row)
			}
		}
		for _, suite := range []string{suiteContractsTests, suiteContractsLabTests} {
			if records[suite].Tree == r.Tree {
				r.Rows = append(r.Rows, records[suite].Rows...)
			}
		}
		return nil
	})
}
