package contracts_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/contracts"
)

// TestUnknownIsNo holds what can-i-deploy makes of every result, and of none.
func TestUnknownIsNo(t *testing.T) {
	pacts := contracts.Pacts{"a-b": {"good": "1", "bad": "2", "not run": "3", "accepted": "4", "never run": "5", "changed since": "6", "elsewhere": "7", "worse elsewhere": "8"}}
	results := contracts.Results{
		"lab": {"a-b": {
			"good": {contracts.Verified, "1"}, "bad": {contracts.Failed, "2"}, "not run": {contracts.NotRun, "3"},
			"accepted": {contracts.NotRun, "4"}, "changed since": {contracts.Verified, "older"},
			"elsewhere": {contracts.NotRun, "7"}, "worse elsewhere": {contracts.Verified, "8"},
		}},
		"demo": {"a-b": {"elsewhere": {contracts.Verified, "7"}, "worse elsewhere": {contracts.Failed, "8"}}},
	}
	want := []contracts.Missing{
		{"a-b", "bad", contracts.Failed}, {"a-b", "changed since", contracts.Unknown}, {"a-b", "never run", contracts.Unknown},
		{"a-b", "not run", contracts.NotRun}, {"a-b", "worse elsewhere", contracts.Failed},
	}
	if diff := cmp.Diff(want, contracts.CanDeploy(pacts, results, []string{"lab", "demo"}, []string{"accepted", "bad"})); diff != "" {
		t.Error(diff)
	}
}

func TestResultsSurviveSaving(t *testing.T) {
	results := contracts.Results{}
	results.Add("lab", "a-b", "good", contracts.Record{Result: contracts.Verified, Digest: "1"})
	results.Add("demo", "a-b", "good", contracts.Record{Result: contracts.NotRun, Digest: "1"})
	folder := t.TempDir() + "/new"
	if err := results.Save(folder); err != nil {
		t.Fatal(err)
	}
	loaded, err := contracts.LoadResults(folder)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(results, loaded); diff != "" {
		t.Error(diff)
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
