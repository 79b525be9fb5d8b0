package contracts_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/e2e/evidence"
)

// TestUnknownIsNo holds what can-i-deploy makes of every result, and of none.
func TestUnknownIsNo(t *testing.T) {
	pacts := contracts.Pacts{"a-b": {
		"good": "1", "bad": "2", "not run": "3", "accepted": "4", "never run": "5", "changed since": "6", "elsewhere": "7", "worse elsewhere": "8",
		"elsewhere only": "9",
	}}
	results := contracts.Results{
		"lab": {"a-b": {
			"good": {evidence.Verified, "1"}, "bad": {evidence.Failed, "2"}, "not run": {evidence.NotRun, "3"},
			"accepted": {evidence.NotRun, "4"}, "changed since": {evidence.Verified, "older"},
			"elsewhere": {evidence.NotRun, "7"}, "worse elsewhere": {evidence.Verified, "8"},
		}},
		"demo": {"a-b": {
			"good": {evidence.Verified, "1"}, "bad": {evidence.Verified, "2"}, "not run": {evidence.NotRun, "3"},
			"accepted": {evidence.NotRun, "4"}, "changed since": {evidence.Verified, "6"},
			"elsewhere": {evidence.Verified, "7"}, "worse elsewhere": {evidence.Failed, "8"}, "elsewhere only": {evidence.Verified, "9"},
		}},
	}
	want := []contracts.Missing{
		{"a-b", "bad", evidence.Failed}, {"a-b", "changed since", evidence.Unknown}, {"a-b", "elsewhere only", evidence.Unknown},
		{"a-b", "never run", evidence.Unknown}, {"a-b", "not run", evidence.NotRun}, {"a-b", "worse elsewhere", evidence.Failed},
	}
	if diff := cmp.Diff(want, contracts.CanDeploy(pacts, results, []string{"lab", "demo"}, []string{"accepted", "bad"})); diff != "" {
		t.Error(diff)
	}
	if missing := contracts.CanDeploy(pacts, results, nil, nil); len(missing) != len(pacts["a-b"]) {
		t.Errorf("got %d interactions missing at no place, want all", len(missing))
	}
}

// TestResultsAreEvidence holds that results come back as they were, and those of
// other sources not at all.
func TestResultsAreEvidence(t *testing.T) {
	results := contracts.Results{}
	results.Add("lab", "a-b", "good", contracts.Record{Result: evidence.Verified, Digest: "1"})
	results.Add("demo", "a-b", "good", contracts.Record{Result: evidence.NotRun, Digest: "1"})
	records := map[string]evidence.Record{"unit": {Suite: "unit", Tree: "now", Rows: []evidence.Row{{Check: "a", Name: "b"}}}}
	for place := range results {
		suite := contracts.Suite(place)
		records[suite] = evidence.Record{Suite: suite, Tree: "now", Rows: results.Rows(place)}
	}
	if diff := cmp.Diff(results, contracts.ResultsOf(records, "now")); diff != "" {
		t.Error(diff)
	}
	if got := contracts.ResultsOf(records, "another"); len(got) != 0 {
		t.Errorf("got %v of another tree, want nothing", got)
	}
}

// TestPublish holds what a broker gets: every pact, by consumer, with version,
// branch and credentials.
func TestPublish(t *testing.T) {
	got := map[string]int{}
	broker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent struct {
			PacticipantName, PacticipantVersionNumber, Branch string
			Contracts                                         []struct{ Content []byte }
		}
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil || r.URL.Path != "/contracts/publish" || r.Header.Get("Authorization") != "Bearer example" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if sent.PacticipantVersionNumber == "abc" && sent.Branch == "main" {
			got[sent.PacticipantName] = len(sent.Contracts)
		}
	}))
	defer broker.Close()
	published, err := contracts.PactBroker{URL: broker.URL + "/", Token: "example"}.Publish(t.Context(), "pacts", "abc", "main")
	if err != nil || published != 8 {
		t.Errorf("got %d published (%v), want 8", published, err)
	}
	if diff := cmp.Diff(map[string]int{contracts.Exporter: 5, contracts.Broker: 3}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := (contracts.PactBroker{URL: broker.URL}).Publish(t.Context(), "pacts", "abc", "main"); err == nil {
		t.Error("got no error from a broker that refuses")
	}
}
