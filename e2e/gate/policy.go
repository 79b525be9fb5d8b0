package gate

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

//go:embed policy.yaml
var defaultPolicy []byte

// Policy says what has to hold for a Go.
type Policy struct {
	// Limits are by the names of criteria; units are those of their figures.
	Limits  map[string]float64 `yaml:"limits"`
	Waivers []Waiver           `yaml:"waivers"`
}

// Waiver makes it bearable that a criterion is unknown. It makes nothing known,
// and is of no use to a criterion that failed.
type Waiver struct {
	Criterion string `yaml:"criterion" json:"criterion"`
	Reason    string `yaml:"reason" json:"reason"`
	// Until is the last day on which it is good.
	Until Day `yaml:"until" json:"until"`
}

// Day is a date without a time.
type Day struct{ time.Time }

// UnmarshalYAML reads YYYY-MM-DD.
func (d *Day) UnmarshalYAML(node *yaml.Node) error {
	day, err := time.Parse(time.DateOnly, node.Value)
	if err != nil {
		return fmt.Errorf("line %d: got the day %q, want one like 2027-06-30", node.Line, node.Value)
	}
	d.Time = day
	return nil
}

// String is YYYY-MM-DD.
func (d Day) String() string { return d.Format(time.DateOnly) }

// MarshalText writes what UnmarshalYAML reads.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// over says whether the day has ended everywhere.
func (d Day) over(now time.Time) bool { return now.After(d.AddDate(0, 0, 1).Add(12 * time.Hour)) }

// DefaultPolicy is the one that is shipped.
func DefaultPolicy() Policy {
	p, err := parsePolicy(defaultPolicy)
	if err != nil {
		panic(err) // a test loads it
	}
	return p
}

// LoadPolicy reads a policy from a file.
func LoadPolicy(path string) (Policy, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return Policy{}, fmt.Errorf("reading the policy: %w", err)
	}
	p, err := parsePolicy(content)
	if err != nil {
		return Policy{}, fmt.Errorf("reading the policy %q: %w", path, err)
	}
	return p, nil
}

func parsePolicy(content []byte) (Policy, error) {
	var p Policy
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&p); err != nil && !errors.Is(err, io.EOF) {
		return Policy{}, err
	}
	return p, p.validate()
}

// validate wants a limit of every criterion that has one, and nothing else.
func (p Policy) validate() error {
	var wrong []error
	for _, c := range Criteria() {
		if _, given := p.Limits[c.Name]; given != (c.figure != nil) {
			wrong = append(wrong, fmt.Errorf("looking for the limit of %q: got one %t, want %t", c.Name, given, c.figure != nil))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Limits)) {
		if !known(name) {
			wrong = append(wrong, fmt.Errorf("reading the limit of %q: there is no criterion of that name; quality-gate criteria lists them", name))
		}
	}
	for _, w := range p.Waivers {
		switch {
		case !known(w.Criterion):
			wrong = append(wrong, fmt.Errorf("reading the waiver of %q: there is no criterion of that name; quality-gate criteria lists them", w.Criterion))
		case w.Reason == "" || w.Until.IsZero():
			wrong = append(wrong, fmt.Errorf("reading the waiver of %q: want a reason and a day until which it is good", w.Criterion))
		}
	}
	return errors.Join(wrong...)
}

// waiver finds the waiver of a criterion.
func (p Policy) waiver(criterion string) *Waiver {
	for _, w := range p.Waivers {
		if w.Criterion == criterion {
			return &w
		}
	}
	return nil
}
