package contracts

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// PactBroker is a Pact Broker, and how to log in to it.
type PactBroker struct {
	// URL is its address, without a slash at the end.
	URL string
	// Token is a bearer token; without one User and Password are used.
	Token, User, Password string
}

// publication is the request of the broker's contracts API.
type publication struct {
	Pacticipant string           `json:"pacticipantName"`
	Version     string           `json:"pacticipantVersionNumber"`
	Branch      string           `json:"branch,omitempty"`
	Contracts   []publishedPacts `json:"contracts"`
}

type publishedPacts struct {
	Consumer      string `json:"consumerName"`
	Provider      string `json:"providerName"`
	Specification string `json:"specification"`
	ContentType   string `json:"contentType"`
	Content       string `json:"content"`
}

// Publish sends the pacts in a folder to the broker, one request a consumer,
// as of a version on a branch.
func (b PactBroker) Publish(ctx context.Context, folder, version, branch string) (published int, err error) {
	requests := map[string]*publication{}
	for _, path := range pactFiles(folder) {
		raw, err := os.ReadFile(path)
		if err != nil {
			return 0, fmt.Errorf("reading %q: %w", path, err)
		}
		var pact struct{ Consumer, Provider struct{ Name string } }
		if err := json.Unmarshal(raw, &pact); err != nil {
			return 0, fmt.Errorf("reading %q: %w", path, err)
		}
		consumer := pact.Consumer.Name
		if requests[consumer] == nil {
			requests[consumer] = &publication{Pacticipant: consumer, Version: version, Branch: branch}
		}
		requests[consumer].Contracts = append(requests[consumer].Contracts, publishedPacts{
			Consumer: consumer, Provider: pact.Provider.Name, Specification: "pact",
			ContentType: "application/json", Content: base64.StdEncoding.EncodeToString(raw),
		})
	}
	if len(requests) == 0 {
		return 0, fmt.Errorf("looking for pacts in %q: there are none", folder)
	}
	for _, request := range requests {
		if err := b.send(ctx, request); err != nil {
			return published, err
		}
		published += len(request.Contracts)
	}
	return published, nil
}

func pactFiles(folder string) []string {
	files, _ := filepath.Glob(filepath.Join(folder, "*.json")) // the pattern is well-formed
	return files
}

func (b PactBroker) send(ctx context.Context, request *publication) error {
	body, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("encoding the pacts of %q: %w", request.Pacticipant, err)
	}
	url := strings.TrimSuffix(b.URL, "/") + "/contracts/publish"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("making a request for %q: %w", url, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/hal+json")
	switch {
	case b.Token != "":
		req.Header.Set("Authorization", "Bearer "+b.Token)
	case b.User != "":
		req.SetBasicAuth(b.User, b.Password)
	}
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("publishing the pacts of %q: %w", request.Pacticipant, err)
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK && reply.StatusCode != http.StatusCreated {
		return fmt.Errorf("publishing the pacts of %q at %q: got status %d, want 200", request.Pacticipant, url, reply.StatusCode)
	}
	return nil
}
