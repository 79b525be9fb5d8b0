// Command mutations breaks the exporter on purpose, one thing at a time, and
// counts what the faults of the catalogue find: each place where a reason is
// given, each condition of the rule that says who is to blame, and each alert.
//
// What no fault finds the package's own tests may; what neither finds is a
// survivor, and needs an explanation in the table of this package.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

func main() {
	classes := flag.String("classes", "alerts,blame,reasons", "what is broken, in this order")
	only := flag.String("only", "", "a part of the names of the mutations that are made, for all")
	root := flag.String("root", ".", "the tree")
	flag.Parse()
	ok := true
	for class := range strings.SplitSeq(*classes, ",") {
		began := time.Now()
		result, err := play(class, *root, *only)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		fmt.Printf("%s: %s, in %s\n", class, result, time.Since(began).Round(time.Second))
		ok = ok && result.unexplained == 0
	}
	if !ok {
		os.Exit(1)
	}
}

// score is how many mutations were found, and by what.
type score struct{ all, byFaults, byTests, explained, unexplained int }

func (s score) String() string {
	return fmt.Sprintf("%d/%d found (%d by faults, %d by tests), %d survive (%d explained)",
		s.byFaults+s.byTests, s.all, s.byFaults, s.byTests, s.explained+s.unexplained, s.explained)
}

// count notes what became of a mutation and says so.
func (s *score) count(id, fault, test string) {
	s.all++
	why, known := survivors[id]
	switch {
	case fault != "":
		s.byFaults++
		fmt.Printf("found: %s, by the fault %s\n", id, fault)
	case test != "":
		s.byTests++
		fmt.Printf("found: %s, by %s\n", id, test)
	case known:
		s.explained++
		fmt.Printf("survives: %s, explained: %s\n", id, why)
	default:
		s.unexplained++
		fmt.Printf("SURVIVES: %s\n", id)
	}
}
