package drill

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"homelab.io/vault-health-exporter/exporter/flow"
)

// State is what the exporter says of its flow.
type State struct {
	// Blame is "HOP REASON", or "" where nobody is blamed.
	Blame string
	// Down are the hops that do not work, and Up how many do.
	Down []string
	Up   int
	// Synced is how many pairs of copies are the same.
	Synced int
	// Slots are how many ended with each result so far.
	Slots map[string]float64
}

// copies is how many pairs of copies a whole flow compares.
const copies = 3

// Steady says whether the flow works as a whole.
func (s State) Steady() bool {
	return s.Blame == "" && len(s.Down) == 0 && s.Up == len(flow.Entries()) && s.Synced == copies
}

// String is what a person is told of it.
func (s State) String() string {
	return fmt.Sprintf("blame %q, %d hops up, down %q, %d copies in sync", s.Blame, s.Up, s.Down, s.Synced)
}

// ended is how many slots ended so far.
func (s State) ended() (all float64) {
	for _, n := range s.Slots {
		all += n
	}
	return all
}

var (
	series = regexp.MustCompile(`^(nas_flow_blame|nas_hop_up|nas_token_in_sync|nas_flow_slots_total)\{(.*)\} (\S+)$`)
	label  = regexp.MustCompile(`(\w+)="([^"]*)"`)
)

// look returns what is said of each flow. It asks the exporter, and not Prometheus, which would be a scrape behind.
func look(ctx context.Context, url string) (map[string]State, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	// Thousands of lines, several times a second, over the loopback address: packing
	// them costs the exporter more than asking its upstreams.
	request.Header.Set("Accept-Encoding", "identity")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking the exporter: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("asking the exporter: got status %d", response.StatusCode)
	}
	return parse(response.Body)
}

func parse(text io.Reader) (map[string]State, error) {
	flows := map[string]State{}
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), "nas_") {
			continue
		}
		found := series.FindStringSubmatch(lines.Text())
		if found == nil {
			continue
		}
		value, err := strconv.ParseFloat(found[3], 64)
		if err != nil {
			return nil, fmt.Errorf("reading %q: %w", found[1], err)
		}
		labels := map[string]string{}
		for _, l := range label.FindAllStringSubmatch(found[2], -1) {
			labels[l[1]] = l[2]
		}
		s, known := flows[labels["flow"]]
		if !known {
			s.Slots = map[string]float64{}
		}
		s.add(found[1], labels, value)
		flows[labels["flow"]] = s
	}
	return flows, lines.Err()
}

func (s *State) add(name string, labels map[string]string, value float64) {
	switch {
	case name == "nas_flow_slots_total":
		s.Slots[labels["result"]] = value
	case name == "nas_flow_blame" && value == 1:
		s.Blame = labels["hop"] + " " + labels["reason"]
	case name == "nas_hop_up" && value == 1:
		s.Up++
	case name == "nas_hop_up":
		s.Down = append(s.Down, labels["hop"])
	case name == "nas_token_in_sync" && value == 1:
		s.Synced++
	}
}
