// Command render draws the dashboards for docs/: the grid, the titles and the
// panels from their JSON, and the answers of a Prometheus to their queries. It
// is for development only, and it is not Grafana: it shows what is on a
// dashboard, not each pixel of it.
//
//	npm --prefix dashboards/render ci
//	go run ./dashboards/render -prometheus http://127.0.0.1:9090
package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"html/template"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"

	"homelab.io/vault-health-exporter/dashboards"
	"homelab.io/vault-health-exporter/exporter/tempdir"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.js
	pageJS string
	//go:embed charts.js
	chartsJS string
)

// pictures maps a dashboard's uid to its picture.
var pictures = map[string]string{
	"vault-flow-overview": "dashboard-overview.png",
	"vault-flow-hop":      "dashboard-hop.png",
	"vault-flow-quality":  "dashboard-quality.png",
}

const width = 1440 // of a picture, in pixels

type options struct {
	prometheus, echarts, chromium, out string
	span, scrape                       time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.prometheus, "prometheus", "http://127.0.0.1:9090", "address of the Prometheus to ask")
	flag.StringVar(&o.echarts, "echarts", "dashboards/render/node_modules/echarts/dist/echarts.min.js", "path of the charting library")
	flag.StringVar(&o.chromium, "chromium", "chromium", "browser that takes the picture")
	flag.StringVar(&o.out, "out", "docs", "folder of the pictures")
	flag.DurationVar(&o.span, "range", 30*time.Minute, "time range of the dashboards")
	flag.DurationVar(&o.scrape, "scrape", 5*time.Second, "time between two scrapes of that Prometheus")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintf(os.Stderr, "render: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	library, err := os.ReadFile(o.echarts)
	if err != nil {
		return fmt.Errorf("%w; npm --prefix dashboards/render ci gets it", err)
	}
	all, err := dashboards.Load()
	if err != nil {
		return err
	}
	asked, err := newAsked(o)
	if err != nil {
		return err
	}
	for _, d := range all {
		view, err := asked.view(ctx, d)
		if err != nil {
			return fmt.Errorf("asking for %q: %w", d.Title, err)
		}
		page, err := render(view, string(library))
		if err != nil {
			return fmt.Errorf("writing the page of %q: %w", d.Title, err)
		}
		if err := screenshot(ctx, o, page, height(d), pictures[d.UID]); err != nil {
			return fmt.Errorf("taking the picture of %q: %w", d.Title, err)
		}
	}
	return nil
}

func render(view dashboardView, library string) ([]byte, error) {
	data, err := json.Marshal(view)
	if err != nil {
		return nil, err
	}
	parsed, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	err = parsed.Execute(&page, map[string]any{
		"Title":   view.Title,
		"Data":    template.JS(data),
		"Scripts": []template.JS{template.JS(library), template.JS(chartsJS), template.JS(pageJS)},
	})
	return page.Bytes(), err
}

// height returns the height of the picture: page.html's header and rows.
func height(d dashboards.Dashboard) int {
	rows := 0
	for _, p := range d.Panels {
		rows = max(rows, p.GridPos.Y+p.GridPos.H)
	}
	return 56 + 34*rows + 8
}

func screenshot(ctx context.Context, o options, page []byte, height int, name string) error {
	dir, remove, err := tempdir.Make("vault-health-exporter-render")
	if err != nil {
		return err
	}
	defer remove()
	file := filepath.Join(dir, "page.html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		return err
	}
	path, err := filepath.Abs(filepath.Join(o.out, name))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, o.chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
		"--user-data-dir="+dir, fmt.Sprintf("--window-size=%d,%d", width, height), "--virtual-time-budget=3000",
		"--screenshot="+path, "file://"+file).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	fmt.Println(path)
	return nil
}
