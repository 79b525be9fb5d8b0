package chaos

import (
	"fmt"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// ways are the ways in which each link is disturbed.
var ways = []struct {
	name, does string
	toxic      Toxic
	reason     reason.Reason // "" where nothing may be blamed
}{
	{"cut", "refuses connections, and those that there are end", Toxic{Kind: Cut}, reason.ConnectRefused},
	{"silent", "drops every packet", Toxic{Kind: Drop}, reason.ConnectTimeout},
	{"half-open", "loses every answer, and nobody is told", Toxic{Kind: StallDown}, reason.Timeout},
	{"deaf", "loses every request, and nobody is told", Toxic{Kind: StallUp}, reason.Timeout},
	{"reset", "takes connections and resets them", Toxic{Kind: Reset}, reason.ConnectionReset},
	{"cut-reply", "ends in the middle of what is answered", Toxic{Kind: LimitDown, Bytes: 60}, reason.ConnectionReset},
	{"cut-request", "ends in the middle of what is asked", Toxic{Kind: LimitUp, Bytes: 60}, reason.ConnectionReset},
	{"drip", "lets eight bytes of an answer pass in a second", Toxic{Kind: Bandwidth, Bytes: 8, Delay: time.Second}, reason.Timeout},
	{"latency", "has every answer come 300 ms later", Toxic{Kind: Latency, Delay: 300 * time.Millisecond}, ""},
	{"slow-close", "has every connection end a second later", Toxic{Kind: SlowClose, Delay: time.Second}, ""},
	{"slices", "cuts every answer into small pieces", Toxic{Kind: Slicer, Bytes: 200, Delay: time.Millisecond}, ""},
}

// across are the links, with what is blamed where one fails, which hops that
// fails, and who is told.
var across = []struct {
	link                 Link
	prefix, what, server string
	blamed               flow.Hop
	fails                []flow.Hop
	alerts               []string
}{
	{LinkDocker, "docker", "The way to the Docker API", "the Docker API", flow.DockerExec, []flow.Hop{flow.DockerExec}, unread},
	{
		LinkNASVault, "nas", "The exporter's way to the NAS Vault", "the NAS Vault", flow.NASVault,
		[]flow.Hop{flow.NASVault, flow.NASKV, flow.Token, flow.PKI, flow.Transit}, also(unavailable, burn, slowBurn, slowPKI),
	},
	{LinkMainVault, "main", "The exporter's way to the main Vault", "the main Vault", flow.MainVault, []flow.Hop{flow.MainVault, flow.MainKV}, unread},
	{
		LinkKubernetes, "k8s", "The exporter's way to the Kubernetes API", "the Kubernetes API", flow.K8sSecret,
		[]flow.Hop{flow.Broker, flow.ExternalSecret, flow.K8sSecret, flow.Token}, unseen,
	},
}

// linked makes the faults of the links.
func linked() []Fault {
	var all []Fault
	for _, l := range across {
		for _, w := range ways {
			f := Fault{
				Name: l.prefix + "-" + w.name, Does: fmt.Sprintf("%s %s.", l.what, w.does),
				Link: &Disturbed{Links: []Link{l.link}, Toxic: w.toxic},
			}
			if w.reason == "" {
				f.Embedded = &Tier{Quiet: "what is late, but in time, is well"}
			} else {
				f.Hop, f.Reason, f.Embedded = l.blamed, w.reason, &Tier{Alerts: l.alerts}
				var seen []string
				for _, h := range l.fails {
					seen = append(seen, fmt.Sprintf("%s %s", h, w.reason))
				}
				f.Seen = strings.Join(seen, ", ")
			}
			same := *f.Embedded
			f.Lab = &same
			all = append(all, f)
		}
	}
	return append(all, partitioned)
}

// partitioned is what cuts off all of the NAS at once.
var partitioned = Fault{
	Name: Partition, Does: "Every packet between the main cluster, 192.168.1.20, and the NAS, 192.168.1.42, is dropped.",
	Hop: flow.NASVault, Reason: reason.ConnectTimeout,
	Seen:     "docker_exec connect_timeout, nas_vault connect_timeout, nas_kv connect_timeout, token connect_timeout, pki connect_timeout, transit connect_timeout",
	Link:     &Disturbed{Links: []Link{LinkNASVault, LinkDocker}, Toxic: Toxic{Kind: Drop}},
	Embedded: &Tier{Alerts: also(unavailable, burn, slowBurn, slowPKI)},
	NotInLab: "toxiproxy takes every connection; nas-down cuts off the NAS there",
}
