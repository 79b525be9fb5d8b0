package suite

import (
	"slices"

	"homelab.io/vault-health-exporter/e2e/gate"
)

// The names of the stages that others rely on.
const (
	stageLabUp   = "lab-up"
	stageLabDown = "lab-down"
	// stageManifests is run for somebody's manifests only.
	stageManifests = "manifests"
)

// stages is the one list of what the gate runs, in its order.
var stages = []Stage{
	{Name: "documentation", Suites: []string{gate.SuiteDocumentation},
		Does: "counts what is documented", run: runDocumentation},
	{Name: "supply-chain", Suites: []string{gate.SuiteSupply},
		Does: "looks at modules, licences, secrets, workflows and known vulnerabilities", run: runSupplyChain},
	{Name: "unit", Suites: []string{gate.SuiteUnit},
		Does: "unit and property tests, with coverage", run: runUnit},
	{Name: "contracts-embedded", Suites: []string{suiteContractsTests},
		Does: "every pact at the embedded homelab", run: runContractsDemo},
	{Name: "simulation", Suites: []string{gate.SuiteSimulation},
		Does: "every fault in virtual time, with the shipped alerts", run: runSimulation},
	{Name: "alerts", Suites: []string{gate.SuiteAlerts},
		Does: "every alert's cases, by Prometheus' own tools too", run: runAlerts},
	{Name: "analysis", Suites: []string{gate.SuiteAnalysis},
		Does: "gosec and staticcheck", run: runAnalysis},
	{Name: "mutations", Suites: []string{gate.SuiteMutations},
		Does: "breaks some of the product on purpose, by the run's seed", run: runMutations},

	{Name: stageLabUp, Lab: true, Suites: []string{gate.SuiteImages},
		Does: "starts the lab and looks at the product's image", run: runLabUp},
	{Name: "scenarios", Lab: true, Suites: []string{gate.SuiteLab, gate.SuiteDrills, gate.SuiteFlow},
		Does: "every scenario and every fault, on real components", run: runScenarios},
	{Name: "contracts-lab", Lab: true, Suites: []string{suiteContractsLabTests},
		Does: "every pact at the lab", run: runContractsLab},
	{Name: stageManifests, Lab: true, Suites: []string{gate.SuiteManifests},
		Does: "puts the manifests in the place of ours, and asks the same of them", run: runManifests},
	{Name: "artefacts", Lab: true, Suites: []string{gate.SuiteArtefacts},
		Does: "looks for bytes of tokens in all that the run has written", run: runArtefacts},
	{Name: stageLabDown, Lab: true, Suites: []string{gate.SuiteLeftovers},
		Does: "removes the lab and looks for what is left", run: runLabDown},

	{Name: "contracts", Suites: []string{gate.SuiteContracts},
		Does: "decides what the pacts' verifications allow", run: runContracts},
	{Name: "coverage", Suites: []string{gate.SuiteCoverage},
		Does: "merges what was covered here and in the lab", run: runCoverage},
	{Name: "performance", Suites: []string{gate.SuitePerformance},
		Does: "benchmarks, as ratios of one run", run: runPerformance},
}

// sources are the stages whose evidence a stage decides from.
var sources = map[string][]string{
	"contracts": {"contracts-embedded", "contracts-lab"},
	"coverage":  {"unit", "scenarios"},
}

// needed are the stages that keep evidence of the suites, with those that they
// decide from and those that their lab needs.
func needed(suites []string) []Stage {
	names := map[string]bool{}
	for _, s := range stages {
		if slices.ContainsFunc(s.Suites, func(suite string) bool { return slices.Contains(suites, suite) }) {
			names[s.Name] = true
			for _, source := range sources[s.Name] {
				names[source] = true
			}
		}
	}
	for _, s := range stages {
		if s.Lab && names[s.Name] {
			names[stageLabUp], names[stageLabDown] = true, true
		}
	}
	return slices.DeleteFunc(slices.Clone(stages), func(s Stage) bool { return !names[s.Name] })
}

// labAround is the start of the lab, where the stages need it and lack it.
func labAround(chosen []Stage) []Stage {
	up := slices.ContainsFunc(chosen, func(s Stage) bool { return s.Name == stageLabUp })
	if up || !slices.ContainsFunc(chosen, func(s Stage) bool { return s.Lab }) {
		return nil
	}
	return stages[slices.IndexFunc(stages, func(s Stage) bool { return s.Name == stageLabUp }):][:1]
}
