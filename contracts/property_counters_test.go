package contracts_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"
	"github.com/prometheus/client_golang/prometheus"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// totals sums a metric's series over all labels but the hop.
func totals(m prometheus.Gatherer, name string) (map[string]float64, error) {
	families, err := m.Gather()
	if err != nil {
		return nil, err
	}
	sums := map[string]float64{}
	for _, family := range families {
		for _, series := range family.GetMetric() {
			if family.GetName() != name {
				continue
			}
			for _, label := range series.GetLabel() {
				if label.GetName() == "hop" {
					sums[label.GetValue()] += series.GetCounter().GetValue()
				}
			}
		}
	}
	return sums, nil
}

// balanced checks attempts = success + failures, for every hop, in one scrape.
func balanced(m prometheus.Gatherer) (attempts float64, err error) {
	// One gathering for all three: what is between two may differ.
	once := &gathered{}
	if once.families, err = m.Gather(); err != nil {
		return 0, err
	}
	all, _ := totals(once, "qnap_token_retrieval_attempts_total")
	good, _ := totals(once, "qnap_token_retrieval_success_total")
	bad, _ := totals(once, "qnap_token_retrieval_failures_total")
	for hop, n := range all {
		if n != good[hop]+bad[hop] {
			return 0, fmt.Errorf("%s: got %v attempts, %v successes and %v failures", hop, n, good[hop], bad[hop])
		}
		attempts += n
	}
	return attempts, nil
}

// TestCountersAddUpUnderAnyInterleaving records checks from several goroutines
// while others scrape: no scrape may catch a check half counted.
func TestCountersAddUpUnderAnyInterleaving(t *testing.T) {
	var hops []flow.Hop
	for _, e := range flow.Entries() {
		hops = append(hops, e.Hop)
	}
	holders := flow.Retrievals(hops)
	catalogue := reason.Catalogue()
	check(t, 10, prop.ForAll(func(outcomes []int) string {
		m := metrics.New(prometheus.NewRegistry())
		record := m.Flow("qnap", hops, metrics.Labels{})
		var writers, readers sync.WaitGroup
		done, wrong := make(chan struct{}), make(chan error, 100)
		for range 2 {
			readers.Go(func() {
				for {
					if _, err := balanced(m); err != nil {
						select {
						case wrong <- err:
						default:
						}
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		for w := range 3 {
			writers.Go(func() {
				for i, outcome := range outcomes {
					c := metrics.Check{Hop: holders[(i+w)%len(holders)], End: time.Now(), Duration: time.Millisecond}
					if outcome < len(catalogue) {
						c.Reason = catalogue[outcome].Reason
					}
					record.Check(c)
				}
			})
		}
		writers.Wait()
		close(done)
		readers.Wait()
		select {
		case err := <-wrong:
			return err.Error()
		default:
		}
		attempts, err := balanced(m)
		if err != nil {
			return err.Error()
		}
		if attempts != float64(3*len(outcomes)) {
			return fmt.Sprintf("got %v attempts, want %d", attempts, 3*len(outcomes))
		}
		return ""
	}, gen.SliceOfN(100, gen.IntRange(0, 2*len(catalogue)))))
}
