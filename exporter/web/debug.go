package web

import (
	"errors"
	"fmt"
	"homelab.io/vault-health-exporter/exporter/upstream"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// outcome is what one probe found, without the token.
type outcome struct {
	flow  string
	hop   flow.Hop
	took  time.Duration
	steps []upstream.Step
	err   error
}

// writeDebug answers with the step log and the metrics as text. Nothing that an
// upstream sent is in it: steps and reasons hold no reply.
func writeDebug(w http.ResponseWriter, o outcome, reg prometheus.Gatherer) {
	var page strings.Builder
	writeOutcome(&page, o)
	page.WriteString("\nMetrics that this probe returns without debug=true\n\n")
	families, err := reg.Gather()
	if err != nil {
		writeText(w, http.StatusInternalServerError, "gathering the metrics of the probe failed\n")
		return
	}
	for _, family := range families {
		_, _ = expfmt.MetricFamilyToText(&page, family) // a Builder does not fail
	}
	writeText(w, http.StatusOK, page.String())
}

func writeOutcome(w io.Writer, o outcome) {
	fmt.Fprintf(w, "Hop     %s (%s)\nFlow    %s\n", o.hop, title(o.hop), o.flow)
	if o.err == nil {
		fmt.Fprintf(w, "Result  passed in %s\n", milliseconds(o.took))
	} else {
		why := reason.Of(o.err)
		fmt.Fprintf(w, "Result  FAILED after %s\nReason  %s: %s\n", milliseconds(o.took), why, why.Plain())
		// Another error's text could quote a reply; ours cannot.
		var known *reason.Error
		if errors.As(o.err, &known) {
			fmt.Fprintf(w, "Error   %s\n", known)
		}
	}
	fmt.Fprint(w, "\nSteps\n\n")
	if len(o.steps) == 0 {
		fmt.Fprintln(w, "  none: the check ended before its first request")
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  #\toperation\tduration\tresult\ttarget")
	for i, s := range o.steps {
		result := "ok"
		if s.Reason != "" {
			result = fmt.Sprintf("%s (%s)", s.Reason, s.Reason.Plain())
		}
		fmt.Fprintf(table, "  %d\t%s\t%s\t%s\t%s\n", i+1, s.Operation, milliseconds(s.Duration), result, s.Target)
	}
	_ = table.Flush()
}
