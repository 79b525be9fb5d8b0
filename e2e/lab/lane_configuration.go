package lab

import (
	"fmt"
	"strings"
	"time"
)

// brokerConfig is the ConfigMap of the broker's configuration.
const brokerConfig = "nas-token-broker-config"

// drift is by how much longer a slot of each lane is than one of the shipped flow.
// With equal ones all flows would begin theirs, and in the first moments of them
// every check, at the same time: seventy at once, of which some would be late.
var drift = [MaxLanes + 1]time.Duration{
	0, 13 * time.Millisecond, 29 * time.Millisecond, 47 * time.Millisecond, 61 * time.Millisecond,
	83 * time.Millisecond, 101 * time.Millisecond, 113 * time.Millisecond, 127 * time.Millisecond,
}

// withLanes adds the lanes' flows to the exporter's configuration: each is the
// shipped one with what the lane has of its own.
func (l *Lab) withLanes(configuration []byte) []byte {
	head, flow, _ := strings.Cut(string(configuration), "flows:\n")
	all := head + "flows:\n" + flow
	for _, lane := range l.everyLane()[1:] {
		all += l.Lane(lane).renamedFlow(flow)
	}
	return []byte(all)
}

func (l *Lab) renamedFlow(flow string) string {
	mounted := "/etc/vault-health-exporter/" + l.kubeconfig()
	return strings.NewReplacer(
		"interval: "+Interval.String(), "interval: "+(Interval+drift[l.lane]).String(),
		"name: "+shippedFlow, "name: "+l.Flow(),
		serviceURL(serviceNASVault), serviceURL(laneAddress(l.lane, laneNASVault)),
		serviceURL(serviceMainVaultLink), serviceURL(laneAddress(l.lane, laneMainVault)),
		"tcp://"+serviceNASDocker, "tcp://"+laneAddress(l.lane, laneNASDocker),
		"container: "+l.Lane(0).NASContainer(), "container: "+l.NASContainer(),
		"role: "+applicationExporter, "role: "+l.own(applicationExporter),
		"path: "+kvNASPath, "path: "+l.NASPath(),
		"path: "+kvMainPath, "path: "+l.MainPath(),
		"cronjob: "+CronBroker, "cronjob: "+l.own(CronBroker),
		"name: "+secretName, "name: "+l.own(secretName),
		"    kubernetes:\n      namespace:", "    kubernetes:\n      kubeconfig: "+mounted+"\n      namespace:",
		fallbackTiers, "",
	).Replace(flow)
}

// brokerConfiguration is the shipped broker's with what the lane has of its own.
func (l *Lab) brokerConfiguration() (string, error) {
	for _, c := range l.configurations(false) {
		if c.ConfigMap != brokerConfig {
			continue
		}
		adapted, err := c.adapted(l.shipped)
		return strings.NewReplacer(
			serviceURL(serviceNASVaultJobs), serviceURL(laneAddress(l.lane, laneNASVaultJobs)),
			"role: "+CronBroker, "role: "+l.own(CronBroker),
			"tls: {ca_file: /etc/vault-ca/nas.pem}", "tls: {ca_file: /etc/vault-ca/nas.pem}\n    kv: {path: "+l.NASPath()+"}",
			"tls: {ca_file: /etc/vault-ca/main.pem}", "tls: {ca_file: /etc/vault-ca/main.pem}\n    kv: {path: "+l.MainPath()+"}",
			"kubernetes: {}", "kubernetes: {broker: {cronjob: "+l.own(CronBroker)+"}}",
		).Replace(string(adapted)), err
	}
	return "", fmt.Errorf("configuring a lane's broker: got no ConfigMap %q", brokerConfig)
}

// kubeconfig is the file by which the exporter reaches Kubernetes over the lane's
// link.
func (l *Lab) kubeconfig() string { return l.own("kubeconfig") }

func (l *Lab) kubeconfigOf() []byte {
	const account = "/var/run/secrets/kubernetes.io/serviceaccount/"
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters: [{name: lab, cluster: {server: "https://%s:6443", certificate-authority: %sca.crt}}]
users: [{name: exporter, user: {tokenFile: %stoken}}]
contexts: [{name: lab, context: {cluster: lab, user: exporter}}]
current-context: lab
`, laneAddress(l.lane, laneKubernetes), account, account)
}

// laneEndpoints are where the lane's links begin.
func (l *Lab) laneEndpoints(toxiproxy string) []endpoint {
	return []endpoint{
		{l.own("nas-vault"), laneAddress(l.lane, laneNASVault), 8200, toxiproxy, l.linkPort(LinkNASVault)},
		{l.own("nas-vault-jobs"), laneAddress(l.lane, laneNASVaultJobs), 8200, toxiproxy, l.linkPort(LinkNASVaultJobs)},
		{l.own("nas-docker"), laneAddress(l.lane, laneNASDocker), 2376, toxiproxy, l.linkPort(LinkNASDocker)},
		{l.own("main-vault"), laneAddress(l.lane, laneMainVault), 8200, toxiproxy, l.linkPort(LinkMainVault)},
		{l.own("kubernetes"), laneAddress(l.lane, laneKubernetes), 6443, toxiproxy, l.linkPort(LinkKubernetes)},
	}
}
