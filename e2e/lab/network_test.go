package lab

import (
	"net/netip"
	"testing"
)

func TestAddress(t *testing.T) {
	n := network{subnet: netip.MustParsePrefix("192.168.5.0/24")}
	used := map[netip.Addr]string{}
	for _, alias := range aliases {
		address := n.address(alias)
		if !n.subnet.Contains(address) {
			t.Errorf("%s: got %s, which is not in %s", alias, address, n.subnet)
		}
		if used[address] != "" {
			t.Errorf("%s: got %s, which is the address of %s", alias, address, used[address])
		}
		used[address] = alias
	}
}
