package journal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/journal"
)

const id, old, fresh = "0123456789abcdef0123456789abcdef", "abcdefghijklmnopqrstuvwx", "ABCDEFGHIJKLMNOPQRSTUVWX"

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, want := range []journal.Entry{journal.New(old, time.Now()), journal.New("", time.Now()), {ID: id, Began: time.Unix(0, 0).UTC(), Old: old, New: fresh}} {
		got, strange := journal.Parse(map[string]string{want.Key(): want.Value(), "owner": "somebody"})
		if diff := cmp.Diff([]journal.Entry{want}, got); diff != "" || len(strange) > 0 {
			t.Errorf("got %q besides (-want +got):\n%s", strange, diff)
		}
	}
}

// TestNotesOfOthersAreNotEntries: one odd key once meant every token of the Vault.
func TestNotesOfOthersAreNotEntries(t *testing.T) {
	const key, began = "rotation-v1-" + id, "2026-01-02T03:04:05Z"
	for _, tc := range [][2]string{
		{"rotation-", ""}, {"rotation-", "x"}, {"rotation-period", "90d"}, {"rotation-0", "x>" + old}, {"rotation-0123456789abcdef", old + ">" + fresh},
		{"rotation-v1-", began + " " + old + " " + fresh}, {"rotation-v2-" + id, began + " " + old + " " + fresh},
		{strings.ToUpper(key[12:]), ""}, {"rotation-v1-" + strings.ToUpper(id), began + " - -"}, {key + "0", began + " - -"},
		{key, ""}, {key, began}, {key, began + " -"}, {key, began + " - - -"}, {key, began + "  -"}, {key, began + " - - "},
		{key, "today - -"}, {key, "0001-01-01T00:00:00Z - -"}, {key, "2026-01-02T03:04:05+01:00 - -"}, {key, began + " " + old + " " + old},
		{key, began + " hvs." + old + " -"}, {key, began + " - " + old + "\n"}, {key, began + " - *"},
	} {
		entries, strange := journal.Parse(map[string]string{tc[0]: tc[1]})
		if len(entries) > 0 || strings.HasPrefix(tc[0], "rotation-") != (len(strange) == 1) {
			t.Errorf("%q=%q: got %v and %q, want it reported and nothing else", tc[0], tc[1], entries, strange)
		}
	}
}
