package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"homelab.io/vault-health-exporter/exporter/localfile"
)

// checkWebConfig fails where a file that --web.config.file names, or is, cannot
// be read: the web toolkit would wait for a pipe, with the port taken. Everything
// else that may be wrong with it the toolkit says itself. Empty is no file.
func checkWebConfig(path string) error {
	if path == "" {
		return nil
	}
	raw, err := localfile.Read(path, localfile.MaxBytes)
	if err != nil {
		return fmt.Errorf("reading the web configuration %q: %s", path, localfile.Cause(err))
	}
	defer clear(raw) // a private key may be in it
	var named struct {
		TLS map[string]any `yaml:"tls_server_config"`
	}
	_ = yaml.Unmarshal(raw, &named)
	for _, key := range slices.Sorted(maps.Keys(named.TLS)) {
		file, _ := named.TLS[key].(string)
		if file == "" || !strings.HasSuffix(key, "_file") {
			continue
		}
		if !filepath.IsAbs(file) {
			file = filepath.Join(filepath.Dir(path), file)
		}
		if err := localfile.Check(file); err != nil {
			return fmt.Errorf("reading the web configuration %q: tls_server_config.%s: reading %q: %s", path, key, file, localfile.Cause(err))
		}
	}
	return nil
}

// checkTracingFiles fails where a file that OpenTelemetry's variables name cannot
// be read: its SDK reads them all, also those that a more special one overrides.
func checkTracingFiles() error {
	for _, prefix := range []string{"OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_"} {
		for _, what := range []string{"CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"} {
			path := os.Getenv(prefix + what)
			if path == "" {
				continue
			}
			if err := localfile.Check(path); err != nil {
				return fmt.Errorf("reading the file %q that %s names: %s", path, prefix+what, localfile.Cause(err))
			}
		}
	}
	return nil
}
