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
	var which choice
	flag.StringVar(&which.only, "only", "", "a part of the names of the mutations that are made, for all")
	flag.IntVar(&which.sample, "sample", 0, "how many of a class are made at most; 0 for all")
	flag.Uint64Var(&which.seed, "seed", 1, "which those are")
	root := flag.String("root", ".", "the tree")
	output := flag.String("output", "", "also write the scores into this `file`, as JSON by class")
	flag.Parse()
	ok, scores := true, map[string]score{}
	for class := range strings.SplitSeq(*classes, ",") {
		began := time.Now()
		result, err := play(class, *root, which)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		fmt.Printf("%s: %s, in %s\n", class, result, time.Since(began).Round(time.Second))
		ok, scores[class] = ok && result.Unexplained == 0, result
	}
	if *output != "" {
		if err := write(*output, scores); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	if !ok {
		os.Exit(1)
	}
}
