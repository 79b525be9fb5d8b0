// Package scale makes the alert rules run on a shorter clock, so that a test
// with real components waits seconds where an operator waits minutes.
//
// What is divided is time, and only where the syntax says that it is time:
//
//   - interval, for and keep_firing_for;
//   - ranges and offsets of selectors and subqueries, [5m] and offset 1h;
//   - thresholds written as a duration, as in "> 25m" or "< 14d".
//
// Plain numbers stay: counts ("> 3"), ratios and burn rates, and times that do
// not depend on how often one looks ("> 10" seconds of clock skew). So do names
// and labels: a rule called ratio_rate5m keeps its name over a shorter window.
// Counts keep their meaning if scrapes and checks come faster by the same factor.
package scale

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// Rules divides every time in a file of rules by factor.
func Rules(file []byte, factor float64) ([]byte, error) {
	return rewrite(file, factor, map[string]func(string, float64) (string, error){
		"interval": duration, "for": duration, "keep_firing_for": duration, "expr": expression,
	})
}

// Alertmanager divides the waits and repeats of an Alertmanager configuration by factor.
func Alertmanager(file []byte, factor float64) ([]byte, error) {
	return rewrite(file, factor, map[string]func(string, float64) (string, error){
		"group_wait": duration, "group_interval": duration, "repeat_interval": duration,
	})
}

func rewrite(file []byte, factor float64, keys map[string]func(string, float64) (string, error)) ([]byte, error) {
	if !(factor > 0) {
		return nil, fmt.Errorf("scaling by %v: want more than 0", factor)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(file, &root); err != nil {
		return nil, fmt.Errorf("reading the file to scale: %w", err)
	}
	if err := walk(&root, factor, keys); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&root); err != nil {
		return nil, err
	}
	return out.Bytes(), encoder.Close()
}

// walk applies keys to the values of all mappings but labels and annotations,
// whose keys are anybody's.
func walk(node *yaml.Node, factor float64, keys map[string]func(string, float64) (string, error)) error {
	if node.Kind != yaml.MappingNode {
		for _, child := range node.Content {
			if err := walk(child, factor, keys); err != nil {
				return err
			}
		}
		return nil
	}
	for pair := range slices.Chunk(node.Content, 2) {
		key, value := pair[0], pair[1]
		if key.Value == "labels" || key.Value == "annotations" {
			continue
		}
		if change, ok := keys[key.Value]; ok && value.Kind == yaml.ScalarNode {
			scaled, err := change(value.Value, factor)
			if err != nil {
				return fmt.Errorf("line %d: scaling %s %q: %w", value.Line, key.Value, value.Value, err)
			}
			value.Value = scaled
			continue
		}
		if err := walk(value, factor, keys); err != nil {
			return err
		}
	}
	return nil
}

func duration(text string, factor float64) (string, error) {
	d, err := model.ParseDuration(text)
	if err != nil {
		return "", err
	}
	return model.Duration(divide(time.Duration(d), factor)).String(), nil
}

// divide rounds to the millisecond, PromQL's resolution. A time that is not 0
// does not become 0, which would mean something else.
func divide(d time.Duration, factor float64) time.Duration {
	if d == 0 {
		return 0
	}
	return max(time.Millisecond, time.Duration(float64(d)/factor).Round(time.Millisecond))
}

func expression(text string, factor float64) (string, error) {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return "", err
	}
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.MatrixSelector:
			n.Range = divide(n.Range, factor)
		case *parser.SubqueryExpr:
			n.Range, n.Step = divide(n.Range, factor), divide(n.Step, factor)
			n.OriginalOffset = signed(n.OriginalOffset, factor)
		case *parser.VectorSelector:
			n.OriginalOffset = signed(n.OriginalOffset, factor)
		case *parser.NumberLiteral:
			if n.Duration {
				n.Val = divide(time.Duration(n.Val*float64(time.Second)), factor).Seconds()
			}
		}
		return nil
	})
	return expr.String(), nil
}

// signed divides an offset, which may point into the future.
func signed(d time.Duration, factor float64) time.Duration {
	if d < 0 {
		return -divide(-d, factor)
	}
	return divide(d, factor)
}
