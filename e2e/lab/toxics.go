package lab

import (
	"fmt"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"

	"homelab.io/vault-health-exporter/chaos/toxics"
)

// Poison puts a toxic on a link, beside those that it has.
func (l *Lab) Poison(link Link, t toxics.Toxic) error {
	proxy, err := l.links.client.Proxy(l.own(string(link)))
	if err == nil {
		_, err = proxy.AddToxic(t.Name, t.Type, t.Stream, 1, toxiproxy.Attributes(t.Attributes))
	}
	if err != nil {
		return fmt.Errorf("poisoning link %q with %q: %w", link, t.Type, err)
	}
	return nil
}

// Lead makes a link end at another of the lab's servers, "ALIAS:PORT".
func (l *Lab) Lead(link Link, upstream string) error {
	return l.change(link, func(p *toxiproxy.Proxy) { p.Upstream = upstream })
}

// Mend makes links what they were when the lab was started, whatever was done to
// them.
func (l *Lab) Mend(all ...Link) error {
	for _, link := range all {
		err := l.cleanse(link)
		if err != nil {
			return err
		}
		err = l.change(link, func(proxy *toxiproxy.Proxy) { proxy.Enabled, proxy.Upstream = true, l.upstream(link) })
		if err != nil {
			return err
		}
	}
	return nil
}

// cleanse removes every toxic of a link.
func (l *Lab) cleanse(link Link) error {
	proxy, err := l.links.client.Proxy(l.own(string(link)))
	if err != nil {
		return fmt.Errorf("cleansing link %q: %w", link, err)
	}
	for _, t := range proxy.ActiveToxics {
		err := proxy.RemoveToxic(t.Name)
		if err != nil {
			return fmt.Errorf("cleansing link %q of %q: %w", link, t.Name, err)
		}
	}
	return nil
}

// change saves a link that is not yet as it should be: saving makes toxiproxy
// listen anew, which ends the link's connections.
func (l *Lab) change(link Link, how func(*toxiproxy.Proxy)) error {
	proxy, err := l.links.client.Proxy(l.own(string(link)))
	if err == nil {
		before, upstream := proxy.Enabled, proxy.Upstream
		how(proxy)
		if proxy.Enabled != before || proxy.Upstream != upstream {
			err = proxy.Save()
		}
	}
	if err != nil {
		return fmt.Errorf("changing link %q: %w", link, err)
	}
	return nil
}

// Where a link can end that is no NAS Vault.
const (
	// PlainServer speaks HTTP without TLS.
	PlainServer = aliasPrometheus + ":9090"
	// OtherTLSServer speaks TLS with a certificate for another name.
	OtherTLSServer = aliasMainVault + ":8200"
)
