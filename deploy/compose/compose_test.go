// Package compose tests the compose file, without a container engine.
package compose

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/dashboards"
)

type file struct {
	Name     string
	Services map[string]service
	Volumes  map[string]any
}

type service struct {
	Image       string
	Build       struct{ Context, Dockerfile string }
	Command     []string
	Environment map[string]string
	Ports       []string
	Volumes     []string
	Tmpfs       []string
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
	SecurityOpt []string `yaml:"security_opt"`
	DependsOn   []string `yaml:"depends_on"`
	Restart     string
}

func decode(t *testing.T, name string, into any) {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

var pinned = regexp.MustCompile(`^[a-z0-9./-]+:v?\d+\.\d+\.\d+$`)

func TestServices(t *testing.T) {
	var f file
	decode(t, "compose.yaml", &f)
	for name, s := range f.Services {
		if !pinned.MatchString(s.Image) {
			t.Errorf("%s: got the image %q, want a pinned version", name, s.Image)
		}
		if !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Equal(s.SecurityOpt, []string{"no-new-privileges:true"}) {
			t.Errorf("%s: want no capabilities and no new privileges", name)
		}
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s: got the port %q, want it on 127.0.0.1 only", name, port)
			}
		}
		for _, other := range s.DependsOn {
			if _, ok := f.Services[other]; !ok {
				t.Errorf("%s: depends on %q, which there is not", name, other)
			}
		}
		for _, mount := range s.Volumes {
			checkMount(t, f, name, mount)
		}
		if s.Build.Context != "" {
			exists(t, name, filepath.Join(s.Build.Context, s.Build.Dockerfile))
		}
	}
}

// checkMount wants what is mounted to exist, and to be read-only where it is a
// file of this repository.
func checkMount(t *testing.T, f file, service, mount string) {
	t.Helper()
	parts := strings.Split(mount, ":")
	if !strings.HasPrefix(mount, ".") {
		if _, ok := f.Volumes[parts[0]]; !ok {
			t.Errorf("%s: mounts the volume %q, which there is not", service, parts[0])
		}
		return
	}
	exists(t, service, parts[0])
	if len(parts) != 3 || parts[2] != "ro" {
		t.Errorf("%s: got %q, want it read-only", service, mount)
	}
}

func exists(t *testing.T, service, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		t.Errorf("%s: %v", service, err)
	}
}

// TestMountedConfigurations checks that the configurations name what is
// mounted and what runs.
func TestMountedConfigurations(t *testing.T) {
	var prometheus struct {
		Global    map[string]string
		RuleFiles []string `yaml:"rule_files"`
		Alerting  struct {
			Alertmanagers []struct {
				StaticConfigs []struct{ Targets []string } `yaml:"static_configs"`
			}
		}
		ScrapeConfigs []struct {
			JobName       string                       `yaml:"job_name"`
			Native        bool                         `yaml:"scrape_native_histograms"`
			Classic       bool                         `yaml:"always_scrape_classic_histograms"`
			StaticConfigs []struct{ Targets []string } `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	decode(t, "prometheus.yaml", &prometheus)
	rules, err := filepath.Glob("../../alerts/" + filepath.Base(prometheus.RuleFiles[0]))
	if err != nil || len(rules) == 0 || filepath.Dir(prometheus.RuleFiles[0]) != "/etc/prometheus/alerts" {
		t.Errorf("rule files: got %v for %q (%v), want those of alerts/", rules, prometheus.RuleFiles, err)
	}
	scrape := prometheus.ScrapeConfigs[0]
	if scrape.JobName != "vault-health-exporter" || !scrape.Classic || scrape.StaticConfigs[0].Targets[0] != "exporter:9845" {
		t.Errorf("got the scrape configuration %+v", scrape)
	}
	if got := prometheus.Alerting.Alertmanagers[0].StaticConfigs[0].Targets[0]; got != "alertmanager:9093" {
		t.Errorf("got the Alertmanager %q", got)
	}
	routes, err := os.ReadFile("../../alerts/alertmanager.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range regexp.MustCompile(`url_file: /etc/alertmanager/secrets/(\S+)`).FindAllSubmatch(routes, -1) {
		exists(t, "alertmanager", filepath.Join("webhooks", string(url[1])))
	}
}

// TestGrafanaIsProvisioned checks that every dashboard is mounted where the
// provisioning looks for it, and that the data source is the Prometheus here.
func TestGrafanaIsProvisioned(t *testing.T) {
	var f file
	decode(t, "compose.yaml", &f)
	var providers struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name, Folder, Type    string
			AllowUIUpdates        bool `yaml:"allowUiUpdates"`
			UpdateIntervalSeconds int  `yaml:"updateIntervalSeconds"`
			Options               struct{ Path string }
		}
	}
	decode(t, "../../dashboards/provisioning/dashboards/vault-health-exporter.yaml", &providers)
	all, err := dashboards.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		mount := "../../dashboards/" + d.File + ":" + providers.Providers[0].Options.Path + "/" + d.File + ":ro"
		if !slices.Contains(f.Services["grafana"].Volumes, mount) {
			t.Errorf("grafana: got the mounts %q, want %q", f.Services["grafana"].Volumes, mount)
		}
	}
	var sources struct {
		APIVersion  int `yaml:"apiVersion"`
		Datasources []struct {
			Name, Type, UID, Access, URL string
			IsDefault                    bool `yaml:"isDefault"`
			Editable                     bool
			JSONData                     struct {
				HTTPMethod   string `yaml:"httpMethod"`
				TimeInterval string `yaml:"timeInterval"`
				Exemplars    []struct {
					Name          string
					DatasourceUID string `yaml:"datasourceUid"`
				} `yaml:"exemplarTraceIdDestinations"`
			} `yaml:"jsonData"`
		}
	}
	decode(t, "../../dashboards/provisioning/datasources/prometheus.yaml", &sources)
	metrics, traces := sources.Datasources[0], sources.Datasources[1]
	if metrics.Type != "prometheus" || metrics.URL != "http://prometheus:9090" {
		t.Errorf("got the data source %+v, want the Prometheus of the compose file", metrics)
	}
	if traces.Type != "jaeger" || traces.URL != "http://jaeger:16686" {
		t.Errorf("got the data source %+v, want the Jaeger of the compose file", traces)
	}
	if got := metrics.JSONData.Exemplars; len(got) != 1 || got[0].Name != "trace_id" || got[0].DatasourceUID != traces.UID {
		t.Errorf("exemplars: got %+v, want trace_id to lead to %q", got, traces.UID)
	}
	if got := f.Services["exporter"].Environment["OTEL_EXPORTER_OTLP_ENDPOINT"]; got != "http://jaeger:4318" {
		t.Errorf("exporter: got spans sent to %q, want the Jaeger of the compose file", got)
	}
}
