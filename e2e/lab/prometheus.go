package lab

import (
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/api"
	prometheus "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

const prometheusPort = "9090/tcp"

//go:embed prometheus.yml
var prometheusConfig []byte

// startPrometheus starts Prometheus, which waits for the exporter by itself.
func (l *Lab) startPrometheus(ctx context.Context) error {
	ports, address, err := publish(prometheusPort)
	if err != nil {
		return err
	}
	rules, err := ruleFiles()
	if err != nil {
		return err
	}
	_, err = l.run(ctx, part{
		alias: aliasPrometheus,
		image: l.images["prometheus"],
		command: []string{
			"--config.file=/etc/prometheus/lab.yml",
			"--storage.tsdb.path=/prometheus",
			"--enable-feature=exemplar-storage",
		},
		files: append(rules, file{path: "/etc/prometheus/lab.yml", data: prometheusConfig, owner: nobody}),
		ports: ports,
	})
	if err != nil {
		return err
	}
	l.prometheus = "http://" + address
	return until(ctx, "Prometheus to be ready", func(ctx context.Context) error {
		return answers(ctx, l.prometheus+"/-/ready")
	})
}

// PrometheusURL is where Prometheus is published.
func (l *Lab) PrometheusURL() string { return l.prometheus }

// Query evaluates an instant vector now.
func (l *Lab) Query(ctx context.Context, expression string) (model.Vector, error) {
	client, err := api.NewClient(api.Config{Address: l.prometheus})
	if err != nil {
		return nil, fmt.Errorf("querying %q: %w", expression, err)
	}
	value, _, _, err := prometheus.NewAPI(client).Query(ctx, expression, time.Now())
	if err != nil {
		return nil, fmt.Errorf("querying %q: %w", expression, err)
	}
	vector, ok := value.(model.Vector)
	if !ok {
		return nil, fmt.Errorf("querying %q: got a %s, want a vector", expression, value.Type())
	}
	return vector, nil
}

// Exemplars returns the exemplars of the last minute.
func (l *Lab) Exemplars(ctx context.Context, expression string) ([]prometheus.ExemplarQueryResult, error) {
	client, err := api.NewClient(api.Config{Address: l.prometheus})
	if err == nil {
		var found []prometheus.ExemplarQueryResult
		found, err = prometheus.NewAPI(client).QueryExemplars(ctx, expression, time.Now().Add(-time.Minute), time.Now())
		if err == nil {
			return found, nil
		}
	}
	return nil, fmt.Errorf("querying the exemplars of %q: %w", expression, err)
}

// answers fails unless a GET is answered with 200.
func answers(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("getting %q: got status %d", url, response.StatusCode)
	}
	return nil
}
