package main

// switches is the file that every mutated tree has in exporter/reason. Which
// mutation is on is said by the environment, so that one build has them all.
const switches = `package reason

import (
	"fmt"
	"os"
	"sync"
)

var (
	mutation = os.Getenv("MUTATION")
	reached  = os.Getenv("MUTATIONS_REACHED")
	seen     sync.Map
)

func on(id string) bool {
	if reached != "" {
		line := fmt.Sprintf("%s\t%s\n", os.Getenv("MUTATIONS_FAULT"), id)
		if _, twice := seen.LoadOrStore(line, true); !twice {
			if f, err := os.OpenFile(reached, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600); err == nil {
				_, _ = f.WriteString(line)
				_ = f.Close()
			}
		}
	}
	return mutation == id
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
