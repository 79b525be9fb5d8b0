package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/client_golang/api"
	prometheus "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"homelab.io/vault-health-exporter/dashboards"
)

// points is how many steps a graph has.
const points = 240

// asked is a Prometheus and the time range to ask it for.
type asked struct {
	api      prometheus.API
	from, to time.Time
	scrape   time.Duration
}

func newAsked(o options) (asked, error) {
	client, err := api.NewClient(api.Config{Address: o.prometheus})
	if err != nil {
		return asked{}, err
	}
	now := time.Now()
	return asked{prometheus.NewAPI(client), now.Add(-o.span), now, o.scrape}, nil
}

// The views are what the page draws.
type dashboardView struct {
	Title       string
	From, To    int64 // milliseconds
	Panels      []panelView
	Annotations []annotationView
}

type panelView struct {
	dashboards.Panel
	Answers   []answer
	Exemplars [][2]float64 // milliseconds, value
}

type annotationView struct {
	Name   string
	Answer answer
}

type answer struct {
	RefID, Legend string
	Series        []seriesView
}

// seriesView has a null for every value that is not a number.
type seriesView struct {
	Labels map[string]string
	Times  []int64
	Values []*float64
}

func (a asked) view(ctx context.Context, d dashboards.Dashboard) (dashboardView, error) {
	v := dashboardView{Title: d.Title, From: a.from.UnixMilli(), To: a.to.UnixMilli()}
	for _, p := range d.Panels {
		panel := panelView{Panel: p}
		for _, t := range p.Targets {
			got, err := a.ask(ctx, p, t)
			if err != nil {
				return v, fmt.Errorf("panel %q: %w", p.Title, err)
			}
			panel.Answers = append(panel.Answers, got)
			if t.Exemplar {
				if panel.Exemplars, err = a.exemplars(ctx, t.Expr); err != nil {
					return v, err
				}
			}
		}
		v.Panels = append(v.Panels, panel)
	}
	for _, n := range d.Annotations.List {
		got, err := a.ask(ctx, dashboards.Panel{}, n.Target)
		if err != nil {
			return v, fmt.Errorf("annotation %q: %w", n.Name, err)
		}
		v.Annotations = append(v.Annotations, annotationView{n.Name, got})
	}
	return v, nil
}

func (a asked) ask(ctx context.Context, p dashboards.Panel, t dashboards.Target) (answer, error) {
	from := a.from
	if p.TimeFrom != "" {
		own, err := model.ParseDuration(p.TimeFrom)
		if err != nil {
			return answer{}, err
		}
		from = a.to.Add(-time.Duration(own))
	}
	expr := dashboards.Everything(a.to.Sub(from), a.scrape).Substitute(t.Expr)
	var value model.Value
	var err error
	if t.Instant {
		value, _, _, err = a.api.Query(ctx, expr, a.to)
	} else {
		value, _, _, err = a.api.QueryRange(ctx, expr, prometheus.Range{Start: from, End: a.to, Step: a.to.Sub(from) / points})
	}
	if err != nil {
		return answer{}, err
	}
	return answer{t.RefID, t.LegendFormat, seriesOf(value)}, nil
}

func seriesOf(value model.Value) []seriesView {
	var all []seriesView
	switch value := value.(type) {
	case model.Vector:
		for _, s := range value {
			all = append(all, seriesView{labels(s.Metric), []int64{int64(s.Timestamp)}, []*float64{number(s.Value)}})
		}
	case model.Matrix:
		for _, s := range value {
			v := seriesView{Labels: labels(s.Metric)}
			for _, p := range s.Values {
				v.Times, v.Values = append(v.Times, int64(p.Timestamp)), append(v.Values, number(p.Value))
			}
			all = append(all, v)
		}
	}
	return all
}

func (a asked) exemplars(ctx context.Context, expr string) ([][2]float64, error) {
	found, err := a.api.QueryExemplars(ctx, dashboards.Everything(a.to.Sub(a.from), a.scrape).Substitute(expr), a.from, a.to)
	if err != nil {
		return nil, err
	}
	var all [][2]float64
	for _, series := range found {
		for _, e := range series.Exemplars {
			all = append(all, [2]float64{float64(e.Timestamp), float64(e.Value)})
		}
	}
	return all, nil
}

func labels(m model.Metric) map[string]string {
	all := map[string]string{}
	for name, value := range m {
		all[string(name)] = string(value)
	}
	return all
}

func number(v model.SampleValue) *float64 {
	f := float64(v)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}
