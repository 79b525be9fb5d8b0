package hop

import (
	"context"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/flow"
)

// Unusable returns the hops of a flow whose configuration has a mistake: each
// fails with err and asks nobody. Where none could be read, what applications get
// stands for them: a flow without a hop would be good.
func Unusable(f config.Flow, err error) []Hop {
	hops := Build(f, nil)
	if len(hops) == 0 {
		hops = []Hop{{Name: flow.K8sSecret}}
	}
	for i, h := range hops {
		hops[i] = Hop{Name: h.Name, Check: func(context.Context) (Reading, error) { return Reading{}, err }}
	}
	return hops
}
