package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// goal is what one contender may need at most, as a share of what another does.
type goal struct {
	figure string
	of     func(figures) float64
	us     string
	peer   string
	most   float64
}

func processor(f figures) float64 { return milliseconds(f.perCheck) }
func memory(f figures) float64    { return mebibytes(f.resident) }

var goals = []goal{
	{"processor time, cold", processor, "vault-health-exporter", "blackbox_exporter", 0.30},
	{"processor time, cold", processor, "vault-health-exporter", "cloudprober", 0.45},
	{"processor time, warm", processor, "vault-health-exporter, warm", "cloudprober, keep_alive", 0.25},
	{"processor time, warm", processor, "vault-health-exporter, warm", "blackbox_exporter", 0.05},
	{"resident memory", memory, "vault-health-exporter", "blackbox_exporter", 0.20},
	{"resident memory", memory, "vault-health-exporter", "cloudprober", 0.40},
}

// report is the result as Markdown.
func report(s settings, here []contender, missing []string, measured map[string][]figures) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Performance

Written by `+"`make compare`"+`: each program checks %d Vaults over TLS, each once a second, by one health request, %d times for
%s on %d cores, in turns; the median counts. What a check costs is processor time of the program by the kernel's
count; checks and connections are counted by the Vaults, who also say what was spoken. Who wants to be asked is asked, and
the others are scraped every %s. The first table is this machine's; the ratios of the second should be any machine's.

| program | processor time a check | connections a check | spoken | resident memory |
|---|---|---|---|---|
`, s.flows, s.rounds, s.length, runtime.NumCPU(), scrapeInterval)
	for _, c := range here {
		found := measured[c.name]
		fmt.Fprintf(&b, "| %s | %.2f ms | %.2f | %s | %.0f MiB |\n", c.name, median(found, processor),
			median(found, func(f figures) float64 { return f.connections }), found[0].spoken, median(found, memory))
	}
	b.WriteString("\n| figure | of | to | ratio | goal | |\n|---|---|---|---|---|---|\n")
	for _, g := range goals {
		us, peer := measured[g.us], measured[g.peer]
		if len(us) == 0 || len(peer) == 0 {
			continue
		}
		now, met := median(us, g.of)/median(peer, g.of), "not met"
		if now <= g.most {
			met = "met"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %.2f | ≤ %.2f | %s |\n", g.figure, g.us, g.peer, now, g.most, met)
	}
	if len(missing) > 0 {
		fmt.Fprintf(&b, "\nNot measured, because it was not on the PATH: %s.\n", strings.Join(missing, "; "))
	}
	return b.String()
}

// median is the middle one of a figure.
func median(all []figures, of func(figures) float64) float64 {
	var values []float64
	for _, f := range all {
		values = append(values, of(f))
	}
	slices.Sort(values)
	return values[len(values)/2]
}
