package homelab

import (
	"net/http"
	"strings"
	"testing"
)

// TestStandings: what a node of a cluster says of itself, and what it does with a
// request that is not for itself.
func TestStandings(t *testing.T) {
	lab := startLab(t)
	header := http.Header{"X-Vault-Token": {rootOf(lab, lab.nas)}}
	for _, tc := range []struct {
		as        Standing
		code      int // of its health
		says      string
		forwarded int // the status of a read
	}{
		{Forwarding, 429, `"standby":true`, 200},
		{Redirecting, 429, `"standby":true`, 307},
		{CutOff, 474, `"ha_connection_healthy":false`, 307},
		{Removed, 530, `"removed_from_cluster":true`, 503},
		{Alone, 200, `"standby":false`, 200},
	} {
		if err := lab.SetStanding(NAS, tc.as); err != nil {
			t.Fatal(err)
		}
		if code, said := send(t, lab, lab.nasServer, header, "GET", "/v1/sys/health", ""); code != tc.code || !strings.Contains(said, tc.says) {
			t.Errorf("%s: got health %d, want %d with %s; answer: %s", tc.as, code, tc.code, tc.says, said)
		}
		if code, said := send(t, lab, lab.nasServer, header, "GET", "/v1/secret/data/"+nasPath, ""); code != tc.forwarded {
			t.Errorf("%s: got status %d, want %d; answer: %s", tc.as, code, tc.forwarded, said)
		}
	}
	if err := lab.SetStanding(NAS, "lost"); err == nil {
		t.Error("a standing that there is none of: got no error")
	}
}
