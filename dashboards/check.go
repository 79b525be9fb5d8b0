package dashboards

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/client_golang/api"
	prometheus "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// source executes PromQL: a Prometheus, or the storage of a test.
type source interface {
	query(ctx context.Context, expr string, at time.Time) (model.Value, error)
	queryRange(ctx context.Context, expr string, from, to time.Time, step time.Duration) (model.Value, error)
}

// moment is a time at which the dashboards are looked at.
type moment struct {
	now, from time.Time
	scrape    time.Duration
}

// Check executes every query of every dashboard against the Prometheus at url.
// It must scrape a healthy flow every five seconds or more often, and every
// recording rule must have run. Check fails for each query that returns
// nothing, or a value that is not a finite number; Exceptions lists those that may.
func Check(ctx context.Context, url string) error {
	client, err := api.NewClient(api.Config{Address: url})
	if err != nil {
		return fmt.Errorf("checking the dashboards at %q: %w", url, err)
	}
	now := time.Now()
	// Short, so that a step lies on a young Prometheus' data.
	m := moment{now: now, from: now.Add(-30 * time.Second), scrape: 5 * time.Second}
	return checkAll(ctx, server{prometheus.NewAPI(client)}, m)
}

// checkAll joins what is wrong with every query of every dashboard.
func checkAll(ctx context.Context, from source, m moment) error {
	all, err := Load()
	if err != nil {
		return err
	}
	var problems []error
	for _, d := range all {
		queries, err := Queries(d)
		if err != nil {
			return err
		}
		for _, q := range queries {
			values, err := execute(ctx, from, q, m)
			if err == nil {
				err = judge(values, exceptionFor(q))
			}
			if err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", q, err))
			}
		}
	}
	return errors.Join(problems...)
}

// execute returns the samples of the answer, whatever series they are of.
func execute(ctx context.Context, from source, q Query, m moment) ([]float64, error) {
	value, err := evaluate(ctx, from, q, m)
	if err != nil {
		return nil, err
	}
	var samples []float64
	switch value := value.(type) {
	case model.Vector:
		for _, s := range value {
			samples = append(samples, float64(s.Value))
		}
	case model.Matrix:
		for _, series := range value {
			for _, s := range series.Values {
				samples = append(samples, float64(s.Value))
			}
		}
	default:
		return nil, fmt.Errorf("got a %s, want a vector or a matrix", value.Type())
	}
	return samples, nil
}

func evaluate(ctx context.Context, from source, q Query, m moment) (model.Value, error) {
	expr := Everything(m.now.Sub(m.from), m.scrape).Substitute(q.Expr)
	if q.Instant {
		return from.query(ctx, expr, m.now)
	}
	return from.queryRange(ctx, expr, m.from, m.now, m.scrape)
}

// judge fails unless there are samples and all of them are finite.
func judge(samples []float64, allowed Allowance) error {
	finite := 0
	for _, v := range samples {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			finite++
		}
	}
	switch {
	case len(samples) == 0 && allowed != Empty:
		return errors.New("got no data")
	case finite < len(samples) && allowed != PartlyIdle:
		return fmt.Errorf("got %d of %d samples that are not a finite number", len(samples)-finite, len(samples))
	case finite == 0 && allowed == PartlyIdle:
		return fmt.Errorf("got none of %d samples that is a finite number", len(samples))
	}
	return nil
}

// server is a running Prometheus.
type server struct{ api prometheus.API }

func (s server) query(ctx context.Context, expr string, at time.Time) (model.Value, error) {
	value, _, _, err := s.api.Query(ctx, expr, at)
	return value, err
}

func (s server) queryRange(ctx context.Context, expr string, from, to time.Time, step time.Duration) (model.Value, error) {
	value, _, _, err := s.api.QueryRange(ctx, expr, prometheus.Range{Start: from, End: to, Step: step})
	return value, err
}
