package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// contender is a program that checks every Vault once a second.
type contender struct {
	name string
	// program is a path, or a name to be found on the PATH.
	program string
	// warm says that it keeps its connections.
	warm bool
	// config is what stands in its configuration file, and arguments are what it is
	// started with.
	config    func(v *vaults, port int) string
	arguments func(configFile string, port int) []string
	// asked says that it checks a Vault only when it is asked to, by a request for
	// this path; the others check by themselves, and their /metrics is scraped.
	asked func(v *vaults, address string) string
}

// contenders are all of them, ours first.
func contenders(exporter string) []contender {
	const ours = "vault-health-exporter"
	return []contender{
		{name: ours, program: exporter, config: flows("fresh"), arguments: flagsOfOurs},
		{name: ours + ", warm", program: exporter, warm: true, config: flows("reuse"), arguments: flagsOfOurs},
		{
			name: "blackbox_exporter", program: "prometheus-blackbox-exporter",
			config: func(v *vaults, _ int) string {
				return fmt.Sprintf("modules:\n  vault:\n    prober: http\n    timeout: 900ms\n    http: {preferred_ip_protocol: ip4, tls_config: {ca_file: %q}}\n", v.caFile)
			},
			arguments: func(configFile string, port int) []string {
				return []string{"--config.file=" + configFile, listenAt(port), "--log.level=error"}
			},
			asked: func(v *vaults, address string) string {
				return "/probe?module=vault&target=" + v.url(address) + healthPath
			},
		},
		{name: "cloudprober", program: "cloudprober", config: probes(false), arguments: flagsOfCloudprober},
		{name: "cloudprober, keep_alive", program: "cloudprober", warm: true, config: probes(true), arguments: flagsOfCloudprober},
	}
}

// present parts those whose program is here from those whose is not.
func present(all []contender) (here []contender, missing []string) {
	for _, c := range all {
		path, err := exec.LookPath(c.program)
		if err != nil {
			missing = append(missing, c.name)
			continue
		}
		c.program = path
		here = append(here, c)
	}
	return here, missing
}

func listenAt(port int) string { return fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port) }

func flagsOfOurs(configFile string, port int) []string {
	return []string{"--config.file=" + configFile, listenAt(port), "--log.level=error"}
}

// flows is a flow for each Vault, with one hop.
func flows(connections string) func(v *vaults, port int) string {
	return func(v *vaults, _ int) string {
		var b strings.Builder
		b.WriteString("flows:\n")
		for i, address := range v.addresses {
			fmt.Fprintf(&b, "  - name: vault-%d\n    interval: 1s\n    timeout: 900ms\n    connections: %s\n    nas: {vault: {address: %q, tls: {ca_file: %q}}}\n",
				i+1, connections, v.url(address), v.caFile)
		}
		return b.String()
	}
}

func flagsOfCloudprober(configFile string, _ int) []string {
	return []string{"--config_file=" + configFile, "--min_log_level=ERROR"}
}

// probes is one probe of all Vaults, which is how many targets of a kind are
// written down for it.
func probes(keepAlive bool) func(v *vaults, port int) string {
	return func(v *vaults, port int) string {
		return fmt.Sprintf(`host: "127.0.0.1"
port: %d
surfacer { type: PROMETHEUS }
probe {
  name: "vault"
  type: HTTP
  targets { host_names: %q }
  interval_msec: 1000
  timeout_msec: 900
  http_probe {
    scheme: HTTPS
    port: %d
    relative_url: %q
    keep_alive: %t
    tls_config { ca_cert_file: %q }
  }
  validator { name: "status" http_validator { success_status_codes: "200-299" } }
}
`, port, strings.Join(v.addresses, ","), v.port, healthPath, keepAlive, v.caFile)
	}
}

// start starts it in a process of its own, which ends with the returned stop.
func (c contender) start(v *vaults, folder string, port int) (pid int, stop func(), err error) {
	file := filepath.Join(folder, "contender.conf")
	if err := os.WriteFile(file, []byte(c.config(v, port)), 0o600); err != nil {
		return 0, nil, err
	}
	cmd := exec.Command(c.program, c.arguments(file, port)...) // #nosec G204 -- of the table above
	complaints, err := os.Create(filepath.Join(folder, "contender.log"))
	if err != nil {
		return 0, nil, err
	}
	cmd.Stderr = complaints
	if err := cmd.Start(); err != nil {
		return 0, nil, err
	}
	return cmd.Process.Pid, func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = complaints.Close()
	}, nil
}
