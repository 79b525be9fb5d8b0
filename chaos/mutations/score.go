package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// score is how many mutations were made and found, and by what.
type score struct {
	Mutations   int `json:"mutations"`
	ByFaults    int `json:"foundByFaults"`
	ByTests     int `json:"foundByTests"`
	Explained   int `json:"explained"`
	Unexplained int `json:"unexplained"`
}

func (s score) String() string {
	return fmt.Sprintf("%d/%d found (%d by faults, %d by tests), %d survive (%d explained)",
		s.ByFaults+s.ByTests, s.Mutations, s.ByFaults, s.ByTests, s.Explained+s.Unexplained, s.Explained)
}

// count notes what became of a mutation and says so.
func (s *score) count(id, fault, test string) {
	s.Mutations++
	why, known := survivors[id]
	switch {
	case fault != "":
		s.ByFaults++
		fmt.Printf("found: %s, by the fault %s\n", id, fault)
	case test != "":
		s.ByTests++
		fmt.Printf("found: %s, by %s\n", id, test)
	case known:
		s.Explained++
		fmt.Printf("survives: %s, explained: %s\n", id, why)
	default:
		s.Unexplained++
		fmt.Printf("SURVIVES: %s\n", id)
	}
}

// write writes the scores by class, for programs.
func write(path string, scores map[string]score) error {
	content, err := json.MarshalIndent(scores, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(content, '\n'), 0o644) // #nosec G306 -- a score is no secret
}
