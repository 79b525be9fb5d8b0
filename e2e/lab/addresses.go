package lab

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Address is one place at which a running lab can be reached.
type Address struct{ Name, URL string }

// Addresses returns all of them.
func (l *Lab) Addresses() []Address {
	return []Address{
		{"exporter", l.ExporterURL()},
		{"Prometheus", l.PrometheusURL()},
		{"NAS Vault", "https://" + l.nas.address},
		{"main Vault", "https://" + l.main.address},
		{"toxiproxy", "http://" + l.links.address},
		{"Kubernetes", "docker exec " + l.containerName(aliasK3s) + " kubectl"},
		{"tokens and CA", l.state},
	}
}

// WriteAddresses writes them as a table.
func (l *Lab) WriteAddresses(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, address := range l.Addresses() {
		fmt.Fprintf(table, "%s\t%s\n", address.Name, address.URL)
	}
	return table.Flush()
}
