package metrics_test

import (
	"math"
	"math/rand/v2"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/metrics"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// TestAttemptsAddUpAtEveryScrape scrapes while checks are recorded from many
// goroutines: attempts are successes plus failures, in every single scrape.
func TestAttemptsAddUpAtEveryScrape(t *testing.T) {
	m := metrics.New(prometheus.NewRegistry())
	f := m.Flow("qnap", allHops, metrics.Labels{})
	reasons := reason.Catalogue()
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(worker)))
			for range 500 {
				c := metrics.Check{Hop: flow.NASKV, End: at, Duration: time.Millisecond, TraceID: "t"}
				if random.IntN(2) == 0 {
					c.Reason = reasons[random.IntN(len(reasons))].Reason
				}
				f.Check(c)
			}
		})
	}
	name := regexp.MustCompile(`^qnap_token_retrieval_(attempts|success|failures)_total$`)
	for range 50 {
		families, err := m.Gather()
		if err != nil {
			t.Fatal(err)
		}
		sums := map[string]float64{}
		for _, family := range families {
			if match := name.FindStringSubmatch(family.GetName()); match != nil {
				for _, series := range family.GetMetric() {
					sums[match[1]] += series.GetCounter().GetValue()
				}
			}
		}
		if sums["attempts"] != sums["success"]+sums["failures"] {
			t.Fatalf("got %v", sums)
		}
	}
	wg.Wait()
}

// TestScrapesAgreeWithTheSlots: while slots are recorded, each of many scrapers
// sees the series of a flow as of one moment, whichever metric says it.
func TestScrapesAgreeWithTheSlots(t *testing.T) {
	const scrapers, times = 64, 5
	m := metrics.New(prometheus.NewRegistry())
	f := m.Flow("qnap", allHops, everyLabel)
	var recording, scraping sync.WaitGroup
	done := make(chan struct{})
	recording.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			verdict := flow.Verdict{Result: flow.Good}
			for _, h := range allHops {
				c := metrics.Check{Hop: h, End: at, Duration: time.Millisecond}
				if i%2 == 1 {
					c.Reason = flow.Reasons(h)[i/2%len(flow.Reasons(h))]
					verdict = flow.Verdict{Result: flow.Bad, Hop: h, Reason: c.Reason}
				}
				f.Check(c)
			}
			f.Slot(verdict)
		}
	})
	for range scrapers {
		scraping.Go(func() {
			for range times {
				families, err := m.Gather()
				if err != nil {
					t.Error(err)
					return
				}
				agree(t, families)
			}
		})
	}
	scraping.Wait()
	close(done)
	recording.Wait()
}

// agree compares what the metrics of a scrape say of the same slots.
func agree(t *testing.T, families []*dto.MetricFamily) {
	t.Helper()
	sums := map[string]float64{} // by metric, by metric and hop
	for _, f := range families {
		for _, series := range f.GetMetric() {
			value := series.GetCounter().GetValue() + series.GetGauge().GetValue() + float64(series.GetHistogram().GetSampleCount())
			sums[f.GetName()] += value
			for _, l := range series.GetLabel() {
				if l.GetName() == "hop" {
					sums[f.GetName()+" "+l.GetValue()] += value
				}
			}
		}
	}
	equal := func(what string, a, b float64) {
		t.Helper()
		if a != b {
			t.Errorf("%s: got %v and %v", what, a, b)
		}
	}
	ended := sums["nas_flow_slots_total"]
	if ended > 0 {
		equal("slots that are good, and blame", math.Mod(ended, 2), 1-sums["nas_flow_blame"])
	}
	for _, h := range allHops {
		of := func(metric string) float64 { return sums[metric+" "+string(h)] }
		if checks := of("nas_hop_checks_total"); checks != ended && checks != ended+1 {
			t.Errorf("%s: got %v checks in %v slots", h, checks, ended)
		}
		if e, _ := flow.Lookup(h); !e.HoldsToken {
			continue
		}
		equal("checks and attempts", of("nas_hop_checks_total"), of("qnap_token_retrieval_attempts_total"))
		equal("attempts and their parts", of("qnap_token_retrieval_attempts_total"), of("qnap_token_retrieval_success_total")+of("qnap_token_retrieval_failures_total"))
		equal("attempts and their durations", of("qnap_token_retrieval_attempts_total"), of("qnap_token_retrieval_duration_seconds"))
		equal("failures", of("nas_hop_failures_total"), of("qnap_token_retrieval_failures_total"))
		if of("nas_hop_checks_total") > 0 {
			equal("whether it is up, and whether the last slot was good", of("nas_hop_up"), math.Mod(of("nas_hop_checks_total"), 2))
		}
	}
	equal("issued certificates", sums["nas_hop_checks_total pki"], sums["nas_pki_issuance_attempts_total"])
	equal("attempts at certificates and their parts", sums["nas_pki_issuance_attempts_total"], sums["nas_pki_issuance_success_total"]+sums["nas_pki_issuance_failures_total"])
}
