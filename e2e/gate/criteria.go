package gate

import (
	"slices"

	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/e2e/evidence"
)

// The suites, by the names of their evidence.
const (
	SuiteUnit          = "unit"
	SuiteCoverage      = "coverage"
	SuiteContracts     = "contracts"
	SuiteAlerts        = "alerts"
	SuiteLab           = "lab"
	SuiteFlow          = "flow"
	SuiteDrills        = "drills"
	SuiteSimulation    = "simulation"
	SuiteMutations     = "mutations"
	SuiteDocumentation = "documentation"
	SuiteAnalysis      = "analysis"
	SuiteSupply        = "supply-chain"
	SuiteImages        = "images"
	SuitePerformance   = "performance"
	SuiteArtefacts     = "artefacts"
	SuiteLeftovers     = "leftovers"
	SuiteManifests     = "manifests"
)

// CheckFaults is the check of which each fault that is drilled is a row.
const CheckFaults = "faults"

// Group is a row of the Go/No-Go matrix.
type Group string

// The groups, in their order.
const (
	UnitCoverage  Group = "Unit coverage"
	Integration   Group = "Integration"
	ErrorHandling Group = "Error handling"
	Observability Group = "Observability"
	Security      Group = "Security"
	Upkeep        Group = "Upkeep"
)

// Criterion is one thing that has to hold for a Go.
type Criterion struct {
	Name  string
	Group Group
	// Requires is what has to hold, in words.
	Requires string
	// checks are the rows of evidence that all have to be verified; of each at
	// least one must be there.
	checks []rows
	// figure is a measured value that is held against the policy's limit.
	figure *figure
}

// rows are those of one check of a suite; of all checks where it is "".
type rows struct {
	suite, check string
	// optional are the names of rows that need not have been run.
	optional []string
}

// figure is a value, or of several the worst, and the side of the limit on which
// it has to be.
type figure struct {
	unit string
	is   comparison
	// of measures it; known is false where there is nothing to measure it from.
	of func(map[string]evidence.Record) (value float64, known bool)
	// whose begins what is said of a value that is the worst of several; nil where
	// there is one.
	whose func(map[string]evidence.Record) string
	// from are the suites that it is measured from.
	from []string
}

type comparison string

const (
	atLeast  comparison = "≥"
	moreThan comparison = ">"
	lessThan comparison = "<"
)

// holds says whether the value is on the right side of the limit.
func (c comparison) holds(value, limit float64) bool {
	switch c {
	case atLeast:
		return value >= limit
	case moreThan:
		return value > limit
	}
	return value < limit
}

// onRequest are tests that are run when somebody says with what: a script, a
// folder, how long; or as the user that they need. All others have to be run.
var onRequest = []string{
	"TestExporterDoesNotGrow", "TestDemoDoesNotGrow", "TestSoak", // for how long
	"TestPlay", "TestJudge", "TestAlerts", "TestReplay", // which faults, histories, alerts and script
	"TestWriteScreenshotPages", // into which folder
	"TestFolderOfAnotherUser",  // takes root
}

// criteria is the one list of what has to hold.
var criteria = []Criterion{
	{Name: "unit-tests", Group: UnitCoverage, Requires: "every test of the unit and property suites passes",
		checks: []rows{{suite: SuiteUnit, optional: onRequest}}},
	{Name: "line-coverage", Group: UnitCoverage, Requires: "statements of the product that tests reach, on this machine and in the lab together",
		figure: value(SuiteCoverage, "statements", "percent", moreThan)},
	{Name: "package-coverage", Group: UnitCoverage, Requires: "the same of each package",
		figure: lowest(SuiteCoverage, "package ", "percent", atLeast)},

	{Name: "contracts", Group: Integration, Requires: "every interaction is verified at the embedded homelab and at the lab",
		checks: []rows{{suite: SuiteContracts, optional: contracts.FoundElsewhere()}}},
	{Name: "scenarios", Group: Integration, Requires: "every scenario of the lab passes, and none is left out",
		checks: []rows{{suite: SuiteLab, optional: onRequest}}},
	{Name: "rotation-time", Group: Integration, Requires: "time until an application uses a token that was rotated at the NAS",
		figure: value(SuiteFlow, "rotation_to_use", "seconds", lessThan)},
	{Name: "flow-time", Group: Integration, Requires: "time from empty Vaults to an application that is served",
		figure: value(SuiteFlow, "whole_flow", "seconds", lessThan)},

	{Name: "faults-on-the-lab", Group: ErrorHandling, Requires: "every fault is seen, named rightly and over, with no false page, on real components",
		checks: []rows{{suite: SuiteDrills, check: CheckFaults}}},
	{Name: "faults-in-the-simulation", Group: ErrorHandling, Requires: "the same at true length in virtual time, with the shipped alerts",
		checks: []rows{{suite: SuiteSimulation, optional: onRequest}}},
	{Name: "mttr", Group: ErrorHandling, Requires: "longest time until the flow was good again after a fault was gone",
		figure: highest("recover_max", "seconds", lessThan, SuiteDrills, SuiteSimulation)},
	{Name: "error-rate", Group: ErrorHandling, Requires: "uses of its token by an application that failed outside of declared windows",
		figure: share(SuiteDrills, "uses_failed", "uses", "percent", lessThan)},
	{Name: "mutation-score", Group: ErrorHandling, Requires: "alerts, reasons and rules of blame that were broken on purpose and found out",
		figure: share(SuiteMutations, "found_or_explained", "mutations", "percent", atLeast)},

	{Name: "alerts", Group: Observability, Requires: "every alert fires, stays quiet and ends as its cases say, by Prometheus' own tools too",
		checks: []rows{{suite: SuiteAlerts}}},
	{Name: "dashboards", Group: Observability, Requires: "every panel has data on the lab",
		checks: []rows{{suite: SuiteLab, check: "TestEveryPanelHasData"}}},
	{Name: "traces", Group: Observability, Requires: "a slot is a trace, and exemplars lead to it",
		checks: []rows{{suite: SuiteLab, check: "TestASlotIsATrace"}, {suite: SuiteLab, check: "TestExemplarsLeadToTraces"}}},

	{Name: "static-analysis", Group: Security, Requires: "gosec and staticcheck find nothing, and exported manifests are what their readers take",
		checks: []rows{{suite: SuiteAnalysis, check: "gosec"}, {suite: SuiteAnalysis, check: "staticcheck"}, {suite: SuiteAnalysis, check: "manifests"}}},
	{Name: "vulnerabilities", Group: Security, Requires: "no known vulnerability is reachable",
		checks: []rows{{suite: SuiteSupply, check: "govulncheck"}}},
	{Name: "supply-chain", Group: Security, Requires: "modules are those that were recorded, their licences are known, and the bill of materials is written",
		checks: []rows{{suite: SuiteSupply, check: "modules"}, {suite: SuiteSupply, check: "licences"}, {suite: SuiteSupply, check: "sbom"}}},
	{Name: "secrets-in-sources", Group: Security, Requires: "nothing that looks like a secret is in the sources",
		checks: []rows{{suite: SuiteSupply, check: "secrets"}}},
	{Name: "images", Group: Security, Requires: "the product's image runs as nobody, without a shell, is small and asks for no capability",
		checks: []rows{{suite: SuiteImages}}},
	{Name: "token-bytes", Group: Security, Requires: "no byte of a token is in an artefact of the run",
		checks: []rows{{suite: SuiteArtefacts}}},

	{Name: "documentation", Group: Upkeep, Requires: "identifiers, keys, metrics, reasons, alerts, flags and commands that are documented",
		figure: share(SuiteDocumentation, "documented", "documentable", "percent", moreThan)},
	{Name: "performance", Group: Upkeep, Requires: "what is measured as a ratio in one run is within its limit",
		checks: []rows{{suite: SuitePerformance}}},
	{Name: "leftovers", Group: Upkeep, Requires: "no container, network, volume, image, folder or undone fault is left behind",
		checks: []rows{{suite: SuiteLeftovers}}},
}

// Criteria returns them, in the order of the matrix.
func Criteria() []Criterion { return slices.Clone(criteria) }

// manifestCriteria are what has to hold for a Go of somebody else's manifests:
// what the lab shows of them, and nothing about the rest of this tree.
var manifestCriteria = []Criterion{
	{Name: "manifests", Group: Integration, Requires: "with these manifests in place of ours, tokens reach applications, and every fault is seen, named and over",
		checks: []rows{{suite: SuiteManifests}}},
	{Name: "token-bytes", Group: Security, Requires: "no byte of a token is in an artefact of the run",
		checks: []rows{{suite: SuiteArtefacts}}},
	{Name: "leftovers", Group: Upkeep, Requires: "no container, network, volume, image, folder or undone fault is left behind",
		checks: []rows{{suite: SuiteLeftovers}}},
}

// ManifestCriteria returns them, in the order of the matrix.
func ManifestCriteria() []Criterion { return slices.Clone(manifestCriteria) }

func known(name string) bool {
	return slices.ContainsFunc(criteria, func(c Criterion) bool { return c.Name == name })
}

// Suites are those whose evidence the criterion needs.
func (c Criterion) Suites() []string {
	var all []string
	for _, r := range c.checks {
		all = append(all, r.suite)
	}
	if c.figure != nil {
		all = append(all, c.figure.from...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
