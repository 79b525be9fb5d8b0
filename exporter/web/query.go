package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"homelab.io/vault-health-exporter/exporter/flow"
)

// The parameters of the page; flowParameter is that of /metrics, too.
const (
	resultParameter = "result"
	nameParameter   = "name"
	pageParameter   = "page"
)

// longestName is how long a flow's name may be.
const longestName = 32

// query is what the page is asked for.
type query struct {
	flow string // one flow, "" for the index
	// result and name are what is looked for in the index, "" for everything.
	result, name string
	page         int // from 1 on
}

// parseQuery reads the parameters. Its error names the one that is wrong.
func parseQuery(raw string) (query, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return query{}, fmt.Errorf("reading the query: %w", err)
	}
	q := query{flow: values.Get(flowParameter), result: values.Get(resultParameter), name: values.Get(nameParameter), page: 1}
	if q.result != "" && !slices.ContainsFunc(append(flow.Results(), ""), func(r flow.Result) bool { return resultWord(r) == q.result }) {
		return query{}, fmt.Errorf("reading the parameter %s: got none of the results, want one that the page counts", resultParameter)
	}
	if len(q.name) > longestName {
		return query{}, fmt.Errorf("reading the parameter %s: got %d characters, want at most %d", nameParameter, len(q.name), longestName)
	}
	if page := values.Get(pageParameter); page != "" {
		if q.page, err = strconv.Atoi(page); err != nil || q.page < 1 {
			return query{}, fmt.Errorf("reading the parameter %s: got no number of a page, want one from 1 on", pageParameter)
		}
	}
	return q, nil
}
