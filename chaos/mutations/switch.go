package main

// switches is the file that every mutated tree has in exporter/reason. Which
// mutation is on is said by the environment, so that one build has them all.
const switches = `package reason

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

var (
	mutation = os.Getenv("MUTATION")
	reached  = os.Getenv("MUTATIONS_REACHED")
	judged   = os.Getenv("MUTATIONS_JUDGED")
	seen     sync.Map
)

func on(id string) bool {
	note(reached, id)
	return mutation == id
}

// Judged notes what the rule of blame is asked about.
func Judged(readings any) {
	if judged != "" {
		if line, err := json.Marshal(readings); err == nil {
			note(judged, string(line))
		}
	}
}

// note notes once what there was in a fault.
func note(path, what string) {
	if path == "" {
		return
	}
	in := os.Getenv("MUTATIONS_FAULT")
	if _, twice := seen.LoadOrStore([3]string{path, in, what}, true); twice { // a rule is asked millions of times
		return
	}
	if f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600); err == nil {
		_, _ = fmt.Fprintf(f, "%s\t%s\n", in, what)
		_ = f.Close()
	}
}

// Other is another reason than the one that is given: one that whoever hands
// reasons on has no rule for.
func Other(id string, r Reason) Reason {
	switch {
	case !on(id):
		return r
	case r == TLSNoSAN:
		return TLSCAExpired
	}
	return TLSNoSAN
}

// Not negates a condition.
func Not(id string, holds bool) bool { return on(id) != holds }

// Drop is a condition that never holds.
func Drop(id string, holds bool) bool { return !on(id) && holds }

// Gone is a word that means nothing.
func Gone(id, word string) string {
	if on(id) {
		return ""
	}
	return word
}
`
