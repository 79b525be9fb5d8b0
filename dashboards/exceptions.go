package dashboards

import "slices"

// Allowance is what a query may return although the flow is healthy.
type Allowance string

// The allowances. Without one a query returns data, all of it finite.
const (
	Empty      Allowance = "empty"
	PartlyIdle Allowance = "partly idle" // some series NaN, because nothing happened in the window
)

// Exception allows one panel's, variable's, annotation's or a whole dashboard's
// queries something.
type Exception struct {
	Panel   string
	RefID   string // "" is all of its queries
	Allowed Allowance
	Why     string
}

// Exceptions returns every exception.
func Exceptions() []Exception { return slices.Clone(exceptions) }

var exceptions = []Exception{
	{"Cross-Cluster Latency", "", PartlyIdle, "a healthy upstream has no failed requests, whose quantile is NaN; the expression is given"},
	{"Request duration, 95th percentile", "", PartlyIdle, "an operation may rest for a while: a login lasts longer than a window"},
	{"Mean time from hop to hop", "", Empty, "nothing is known until the first rotation"},
	{"On record", "", Empty, "the window is looked at every five minutes"},
	{"Fallback tiers", "", Empty, "tiers are configured only where there are any"},
	{"Newest backup", "", Empty, "backups are configured only where there are any"},
	{"annotation Deployments", "", Empty, "no event until the exporter is replaced"},
	{"annotation Firing alerts", "", Empty, "no alert fires"},
	{"ExternalSecret", "", Empty, "External Secrets is scraped only where a cluster does so"},
	{"Secret", "", Empty, "kube-state-metrics is scraped only where a cluster does so"},
	{"Broker's last success", "", Empty, "kube-state-metrics is scraped only where a cluster does so"},
	{"Refused by the mesh", "", Empty, "Istio is scraped only where a cluster does so"},
	{"dashboard Quality", "", Empty, "a verdict of the quality gate is scraped only where somebody brings it there"},
}

func exceptionFor(q Query) Allowance {
	for _, e := range exceptions {
		if (e.Panel == q.Panel || e.Panel == "dashboard "+q.Dashboard) && (e.RefID == "" || e.RefID == q.RefID) {
			return e.Allowed
		}
	}
	return ""
}
