package dashboards

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/storage"

	"homelab.io/vault-health-exporter/alerts"
)

// engine is a source over a storage: what Prometheus does, without a server.
type engine struct {
	engine  *promql.Engine
	storage storage.Storage
}

func newEngine(t *testing.T, s storage.Storage) engine {
	return engine{promqltest.NewTestEngine(t, false, 5*time.Minute, 50_000_000), s}
}

func (e engine) query(ctx context.Context, expr string, at time.Time) (model.Value, error) {
	q, err := e.engine.NewInstantQuery(ctx, e.storage, nil, expr, at)
	return finish(ctx, q, err)
}

func (e engine) queryRange(ctx context.Context, expr string, from, to time.Time, step time.Duration) (model.Value, error) {
	q, err := e.engine.NewRangeQuery(ctx, e.storage, nil, expr, from, to, step)
	return finish(ctx, q, err)
}

// finish executes q and returns its answer in the form that a server's has.
func finish(ctx context.Context, q promql.Query, err error) (model.Value, error) {
	if err != nil {
		return nil, err
	}
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return nil, result.Err
	}
	switch value := result.Value.(type) {
	case promql.Vector:
		vector := model.Vector{}
		for _, s := range value {
			vector = append(vector, &model.Sample{Metric: metricOf(s.Metric.Map()), Value: model.SampleValue(s.F), Timestamp: model.Time(s.T)})
		}
		return vector, nil
	case promql.Matrix:
		matrix := model.Matrix{}
		for _, series := range value {
			stream := &model.SampleStream{Metric: metricOf(series.Metric.Map())}
			for _, p := range series.Floats {
				stream.Values = append(stream.Values, model.SamplePair{Timestamp: model.Time(p.T), Value: model.SampleValue(p.F)})
			}
			matrix = append(matrix, stream)
		}
		return matrix, nil
	}
	return nil, fmt.Errorf("got a %T, want a vector or a matrix", result.Value)
}

func metricOf(labels map[string]string) model.Metric {
	m := model.Metric{}
	for name, value := range labels {
		m[model.LabelName(name)] = model.LabelValue(value)
	}
	return m
}

// record evaluates the recording rules over a time and stores their series, as
// Prometheus would have done meanwhile.
func (e engine) record(t *testing.T, from, to time.Time) {
	t.Helper()
	groups, err := alerts.Groups()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		for _, rule := range g.Rules {
			if rule.Record == "" {
				continue
			}
			value, err := e.queryRange(t.Context(), rule.Expr, from, to, slotInterval)
			if err != nil {
				t.Fatal(err)
			}
			e.store(t, rule, value.(model.Matrix))
		}
	}
}

func (e engine) store(t *testing.T, rule alerts.Rule, series model.Matrix) {
	t.Helper()
	appender := e.storage.Appender(t.Context())
	for _, s := range series {
		s.Metric[model.MetricNameLabel] = model.LabelValue(rule.Record)
		for name, value := range rule.Labels {
			s.Metric[model.LabelName(name)] = model.LabelValue(value)
		}
		for _, p := range s.Values {
			if _, err := appender.Append(0, labelsOf(s.Metric), int64(p.Timestamp), float64(p.Value)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := appender.Commit(); err != nil {
		t.Fatal(err)
	}
}
