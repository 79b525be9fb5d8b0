package web

import (
	"fmt"
	"net/url"

	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/exporter/metrics"
)

// Series is what /metrics serves; metrics.Metrics implements it.
type Series interface {
	// Select returns what gathers the selected series. Its error may be shown.
	Select(metrics.Selection) (prometheus.Gatherer, error)
}

// The parameters of /metrics.
const (
	flowParameter  = "flow"  // may be repeated
	shardParameter = "shard" // I/N
)

// selected returns what gathers the series that a query asks for. Its error names
// the parameter that is wrong, and what to do.
func selected(series Series, query string) (prometheus.Gatherer, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("reading the query: %w", err)
	}
	wanted := metrics.Selection{Flows: values[flowParameter]}
	switch shards := values[shardParameter]; {
	case len(shards) > 1, len(shards) == 1 && len(wanted.Flows) > 0:
		return nil, fmt.Errorf("reading the parameter %s: got it beside another or beside %s, want one of them alone", shardParameter, flowParameter)
	case len(shards) == 1:
		if wanted.Shard, err = metrics.ParseShard(shards[0]); err != nil {
			return nil, fmt.Errorf("reading the parameter %s: %w", shardParameter, err)
		}
	}
	gatherer, err := series.Select(wanted)
	if err != nil {
		return nil, fmt.Errorf("reading the parameter %s: %w; want a name that the page shows", flowParameter, err)
	}
	return gatherer, nil
}
