package drill

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"homelab.io/vault-health-exporter/chaos"
)

// delivery is the alert of what is not delivered to applications: a fault that
// raises it has bad slots, and no other has.
const delivery = "NASTokenDeliveryBroken"

// Result is what came of one drill.
type Result struct {
	Fault chaos.Fault
	// Flow is the flow on which it was played.
	Flow string
	// Told is when the pager was told, where that was waited for, and Ended when it
	// was told of the end.
	Told, Ended time.Duration
	// Detect is how long it took until it was blamed, and Recover until the flow
	// was good again after the undo had begun.
	Detect, Recover time.Duration
	// Via are the blames on the way to the right one, and all of a control.
	Via []string
	// Bad is how many slots were bad.
	Bad float64
	// Pages are those that the catalogue does not foresee.
	Pages []string
	// Problems are what else is not as the catalogue says.
	Problems []string
}

func (r *Result) problem(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// slots looks at what the slots were called.
func (r *Result) slots(before, after State) {
	r.Bad = after.Slots["bad"] - before.Slots["bad"]
	breaks := slices.Contains(r.Fault.Lab.Alerts, delivery)
	if breaks && r.Bad == 0 {
		r.problem("got no bad slot, although applications are not served")
	}
	if !breaks && r.Bad > 0 {
		r.problem("got %g bad slots, although applications are served", r.Bad)
	}
	if r.Fault.Hop == "" && !r.Fault.Lab.Passing && len(r.Via) > 0 {
		r.problem("got blame %q of what is no fault", r.Via)
	}
}

// String is the result in one line.
func (r Result) String() string {
	text := fmt.Sprintf("blamed %s after %s, good again after %s", blamed(r.Fault), seconds(r.Detect), seconds(r.Recover))
	if len(r.Via) > 0 {
		text += fmt.Sprintf(", blamed before: %q", r.Via)
	}
	for _, wrong := range r.Wrong() {
		text += "; WRONG: " + wrong
	}
	return text
}

// Wrong is all that was not as the catalogue says.
func (r Result) Wrong() []string {
	all := slices.Clone(r.Problems)
	for _, page := range r.Pages {
		all = append(all, "false page "+page)
	}
	return all
}

// Summary says what a run came to, the failures last: what is wrong in one line
// each.
func Summary(results []Result) string {
	var text strings.Builder
	missed, misnamed, pages, failed := 0, 0, 0, 0
	for _, r := range results {
		if r.Failed() {
			failed++
			fmt.Fprintf(&text, "%s on %s: %s\n", r.Fault.Name, r.Flow, strings.Join(r.Wrong(), "; "))
		}
		pages += len(r.Pages)
		if r.Fault.Hop != "" && r.Detect == 0 {
			missed++
		} else if len(r.Problems) > 0 {
			misnamed++
		}
	}
	return fmt.Sprintf("%d drills, %d of them failed: %d missed, %d misnamed or otherwise wrong, %d false pages\n%s", len(results), failed, missed, misnamed, pages, text.String())
}

// Failed says whether anything was not as the catalogue says.
func (r Result) Failed() bool { return len(r.Problems) > 0 || len(r.Pages) > 0 }

// Report writes all results as a table, with the times that half of them, 95 of
// 100 and the slowest took.
func Report(w io.Writer, results []Result) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FAULT\tFLOW\tBLAMED\tDETECT\tRECOVER\tTOLD\tOF THE END\tBAD\tBEFORE THAT\tWRONG")
	var detect, recovery []time.Duration
	for _, r := range results {
		took := "-"
		if r.Fault.Hop != "" && r.Detect > 0 {
			detect = append(detect, r.Detect)
			took = seconds(r.Detect)
		}
		recovery = append(recovery, r.Recover)
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%g\t%s\t%s\n", r.Fault.Name, r.Flow, blamed(r.Fault), took, seconds(r.Recover), waited(r.Told), waited(r.Ended), r.Bad,
			strings.Join(r.Via, ", "), strings.Join(r.Wrong(), "; "))
	}
	fmt.Fprintf(table, "p50\t\t\t%s\t%s\np95\t\t\t%s\t%s\nmax\t\t\t%s\t%s\n",
		seconds(quantile(detect, 0.5)), seconds(quantile(recovery, 0.5)), seconds(quantile(detect, 0.95)), seconds(quantile(recovery, 0.95)),
		seconds(quantile(detect, 1)), seconds(quantile(recovery, 1)))
	return table.Flush()
}

// waited is a time that there may be none of.
func waited(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return seconds(d)
}

func blamed(f chaos.Fault) string {
	if f.Hop == "" {
		return "nothing"
	}
	return fmt.Sprintf("%s %s", f.Hop, f.Reason)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }

// quantile is the smallest value that the share q of all values does not exceed.
func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[max(0, min(len(sorted)-1, int(q*float64(len(sorted))+0.999999)-1))]
}
