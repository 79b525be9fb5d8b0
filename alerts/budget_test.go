//go:build !race

package alerts_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"

	"homelab.io/vault-health-exporter/exporter/metrics"
)

func TestBudgetAfterAnyHistory(t *testing.T) {
	t.Parallel()
	byName, _ := alertRules(t)
	for _, tc := range []struct {
		history, outage time.Duration
		slow            bool // the outage is in fact more than the slow tiers allow
	}{
		{27 * time.Minute, 27 * time.Minute, true},
		{27 * time.Minute, 5 * time.Minute, false},
		{5 * time.Hour, 10 * time.Minute, false},
		{3 * 24 * time.Hour, 30 * time.Minute, false},
		{month, 2 * time.Hour, false},
	} {
		t.Run(fmt.Sprint(tc.history, "/", tc.outage), func(t *testing.T) {
			down, up := int(tc.outage/coarse), int((tc.history-tc.outage)/coarse)
			data := fmt.Sprintf("load %s\n  nas_vault_up{flow=\"x\"} 0x%d 1x%d\n", coarse, down-1, up) +
				fmt.Sprintf("  nas_flow_slots_total{flow=\"x\",result=\"bad\"} 0+1x%d %dx%d\n", down-1, down-1, up) +
				fmt.Sprintf("  nas_flow_slots_total{flow=\"x\",result=\"good\"} 0x%d 0+1x%d\n", down-1, up)
			engine := promqltest.NewTestEngine(t, false, 5*time.Minute, math.MaxInt)
			db := recordBase(t, engine, promqltest.LoadedStorage(t, data), tc.history)
			now := time.Unix(0, 0).Add(tc.history - coarse)
			value := func(expr, slo string) promql.Vector {
				query, err := engine.NewInstantQuery(t.Context(), db, nil, ratioOf(t, expr, slo, "x"), now)
				if err != nil {
					t.Fatal(err)
				}
				defer query.Close()
				vector, err := query.Exec(t.Context()).Vector()
				if err != nil {
					t.Fatal(err)
				}
				return slices.Clone(vector)
			}
			for _, slo := range []string{"nas_vault", "token_delivery"} {
				spent := value("flow:slo_errors:ratio_rate30d", slo)[0].F / (1 - metrics.Objective)
				want := float64(tc.outage) / (float64(month) * (1 - metrics.Objective))
				t.Logf("%s: %.1f %% of the budget spent, theory %.1f %%", slo, 100*spent, 100*want)
				if slack := float64(3*time.Minute) / (float64(month) * (1 - metrics.Objective)); math.Abs(spent-want) > slack {
					t.Errorf("%s: got %.3f of the budget spent, want %.3f", slo, spent, want)
				}
				if exhausted := len(value(byName["NASErrorBudgetExhausted"].Expr, slo)) > 0; exhausted != (want > 1) {
					t.Errorf("%s: exhausted is %t with %.3f spent", slo, exhausted, want)
				}
				for _, name := range []string{"NASErrorBudgetBurn1d", "NASErrorBudgetBurn3d"} {
					if fires := len(value(byName[name].Expr, slo)) > 0; fires && !tc.slow {
						t.Errorf("%s: %s is true", slo, name)
					}
				}
			}
		})
	}
}

func TestObjective(t *testing.T) {
	const figure = "0.005"
	if got := fmt.Sprintf("%.3f", 1-metrics.Objective); got != figure {
		t.Errorf("the exporter's objective allows %s, the rules %s", got, figure)
	}
	for name, rule := range first(alertRules(t)) {
		if rule.Labels["scope"] == "slo" && !strings.Contains(rule.Expr, figure) {
			t.Errorf("%s: want %s in its expression", name, figure)
		}
	}
}
