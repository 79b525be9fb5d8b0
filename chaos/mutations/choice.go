package main

import (
	"math/rand/v2"
	"strings"
)

// choice says which mutations of a class are made.
type choice struct {
	// only is a part of their names.
	only string
	// sample is how many are made at most, 0 for all; the seed says which.
	sample int
	seed   uint64
}

// of returns the indices of the chosen ones, by their names.
func (c choice) of(ids []string) map[int]bool {
	chosen := map[int]bool{}
	order := rand.New(rand.NewPCG(c.seed, 0)).Perm(len(ids))
	for _, i := range order {
		if strings.Contains(ids[i], c.only) && (c.sample == 0 || len(chosen) < c.sample) {
			chosen[i] = true
		}
	}
	return chosen
}
