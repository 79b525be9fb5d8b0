// Package smoke answers, of any environment and by reading only, the questions
// that come before all others.
package smoke

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace/noop"

	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/exporter"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/discovery"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// question is answered with yes where all of its hops pass, and with unknown
// where the flow has one of them not.
type question struct {
	name string
	hops []flow.Hop
}

var questions = []question{
	{"Vault initialised", []flow.Hop{flow.NASVault, flow.MainVault}},
	{"token accessible", []flow.Hop{flow.DockerExec, flow.NASKV}},
	{"token retrieved", []flow.Hop{flow.MainKV, flow.ExternalSecret, flow.K8sSecret, flow.Token}},
	{"transit token made", []flow.Hop{flow.Transit}},
}

// Answer is that to one question about one flow.
type Answer struct {
	Flow, Question string
	Result         evidence.Result
	// Why is "HOP: REASON" of each hop that does not pass, in one line.
	Why string
}

// Ask checks each hop of the configured flows once and answers the questions.
func Ask(ctx context.Context, cfg *config.Config) ([]Answer, error) {
	load := func() (*config.Config, error) { return cfg, nil }
	e := exporter.New(discovery.New(load, nil), prometheus.NewRegistry(), noop.NewTracerProvider().Tracer(""), slog.New(slog.DiscardHandler))
	snapshots, err := e.Once(ctx)
	if err != nil {
		return nil, err
	}
	var all []Answer
	for _, s := range snapshots {
		for _, q := range questions {
			all = append(all, q.answer(s))
		}
	}
	return all, nil
}

func (q question) answer(s runner.Snapshot) Answer {
	a := Answer{Flow: s.Flow, Question: q.name, Result: evidence.Verified}
	var why []string
	for _, hop := range q.hops {
		at := slices.IndexFunc(s.Hops, func(h runner.HopState) bool { return h.Hop == hop })
		switch {
		case at < 0:
			why = append(why, fmt.Sprintf("%s: the flow has none", hop))
			if a.Result != evidence.Failed {
				a.Result = evidence.Unknown
			}
		case s.Hops[at].Reason != "":
			why = append(why, fmt.Sprintf("%s: %s", hop, s.Hops[at].Reason))
			a.Result = evidence.Failed
		case s.Hops[at].Checked.IsZero():
			why = append(why, fmt.Sprintf("%s: was not checked", hop))
			if a.Result != evidence.Failed {
				a.Result = evidence.Unknown
			}
		}
	}
	a.Why = strings.Join(why, ", ")
	return a
}

// words are what a person reads for a result.
var words = map[evidence.Result]string{evidence.Verified: "yes", evidence.Failed: "no", evidence.Unknown: "unknown"}

// WriteTable writes the answers, and says whether all of them are yes.
func WriteTable(w io.Writer, answers []Answer) (yes bool, err error) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FLOW\tQUESTION\tANSWER\tWHY")
	yes = len(answers) > 0
	for _, a := range answers {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", a.Flow, a.Question, words[a.Result], a.Why)
		yes = yes && a.Result == evidence.Verified
	}
	return yes, table.Flush()
}
