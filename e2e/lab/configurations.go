package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// configuration is a file of the shipped manifests that holds addresses, and
// what the lab changes in it: pairs of old and new.
type configuration struct {
	ConfigMap string
	Key       string
	// More are other files of the overlay that go into the ConfigMap.
	More    []string
	source  string
	changes []string
}

// The exporter's times in the lab: a slot, and the bound of one check. They are not
// quite as much shorter than the shipped ones as the alerts' are: a slot costs the
// lab more than half a second of a processor, all servers it asks counted.
const (
	Interval = 4 * time.Second
	Timeout  = 2600 * time.Millisecond
)

const (
	shippedNAS    = "https://192.168.1.42:61200"
	shippedDocker = "tcp://192.168.1.42:2376"
	shippedMain   = "https://vault.vault.svc:8200"
)

// configurations are all of them. Times are about a tenth of what is shipped;
// with the agent, exporter and broker are configured by its component.
func (l *Lab) configurations(agent bool) []configuration {
	main := []string{shippedMain, serviceURL(serviceMainVault)}
	jobs := []string{shippedNAS, serviceURL(serviceNASVaultJobs)}
	docker := []string{shippedDocker, "tcp://" + serviceNASDocker + ":2376"}
	exporter := append([]string{
		"interval: 30s", "interval: " + Interval.String(),
		"timeout: 5s", "timeout: " + Timeout.String(),
		"container: qnap-k3s", "container: " + l.NASContainer(),
		"max_age: 25m", "max_age: 150s",
		// On the alerts' clock, so that blame moves when it would.
		"max_age: 15m", "max_age: " + (15 * time.Minute / AlertScale).String(),
		"  fallback:\n", "  fallback:\n" + fallbackTiers,
		shippedMain, serviceURL(serviceMainVaultLink),
	}, docker...)
	rotator := append([]string{
		shippedDocker, docker[1] + "\n    container: " + l.NASContainer(),
		"grace: 30m", "grace: 20s",
	}, jobs...)
	broker, exporterSource, brokerSource := main, "components/vault-agent/", "components/vault-agent/"
	var kubeconfigs []string
	toAgent := []string{"http://vault-agent-nas-proxy:8200", "http://" + serviceAgent + ":8200"}
	if agent {
		exporter, broker = append(exporter, toAgent...), append(toAgent, main...)
	} else {
		for _, lane := range l.everyLane()[1:] {
			kubeconfigs = append(kubeconfigs, l.Lane(lane).kubeconfig())
		}
		exporterSource, brokerSource = "base/exporter/", "base/broker/"
		exporter, broker = append(exporter, shippedNAS, serviceURL(serviceNASVault)), append(jobs, main...)
	}
	return []configuration{
		{"vault-health-exporter-config", "vault-health-exporter.yaml", kubeconfigs, exporterSource + "vault-health-exporter.yaml", exporter},
		{brokerConfig, "token-broker.yaml", nil, brokerSource + "token-broker.yaml", broker},
		{"nas-health-check-config", "token-broker.yaml", nil, "components/health-check/token-broker.yaml", jobs},
		{"vault-backup-config", "token-broker.yaml", nil, "components/backup/token-broker.yaml", jobs},
		{"token-rotator-config", "token-broker.yaml", nil, "components/rotation/token-broker.yaml", rotator},
	}
}

// adapted returns the shipped file with the changes. Each has to be there: one
// that is not means that what is shipped has changed.
func (c configuration) adapted(shipped string) ([]byte, error) {
	content, err := os.ReadFile(filepath.Join(shipped, c.source))
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(c.changes); i += 2 {
		if !strings.Contains(string(content), c.changes[i]) {
			return nil, fmt.Errorf("adapting %q: got no %q in it", c.source, c.changes[i])
		}
	}
	return []byte(strings.NewReplacer(c.changes...).Replace(string(content))), nil
}

func serviceURL(address string) string { return "https://" + address + ":8200" }
