package main

import (
	"strings"
	"testing"
	"time"
)

// TestTheRatioIsOfMedians wants one odd round not to count.
func TestTheRatioIsOfMedians(t *testing.T) {
	rounds := func(ms ...int) (all []figures) {
		for _, m := range ms {
			all = append(all, figures{perCheck: time.Duration(m) * time.Millisecond, resident: 1 << 20})
		}
		return all
	}
	us, peer := contender{name: "vault-health-exporter"}, contender{name: "blackbox_exporter"}
	got := report(settings{flows: 1, rounds: 3, length: time.Second}, []contender{us, peer}, []string{"cloudprober"},
		map[string][]figures{us.name: rounds(1, 50, 2), peer.name: rounds(8, 8, 8)})
	for _, want := range []string{
		"| vault-health-exporter | blackbox_exporter | 0.25 | ≤ 0.30 | met |",
		"| resident memory | vault-health-exporter | blackbox_exporter | 1.00 | ≤ 0.20 | not met |",
		"not on the PATH: cloudprober.",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the report: got no %q in\n%s", want, got)
		}
	}
}

// TestAProgramThatChecksNothingIsNoPeer starts one that ends at once and one that
// does nothing: both would be cheaper than any.
func TestAProgramThatChecksNothingIsNoPeer(t *testing.T) {
	v, err := serveVaults(t.TempDir(), 2)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := v.close(); err != nil {
			t.Error(err)
		}
	}()
	for program, want := range map[string]string{"false": "it ended", "sleep": "counting its checks: got 0"} {
		idle := contender{
			name: program, program: program, config: func(*vaults, int) string { return "" },
			arguments: func(string, int) []string { return []string{"600"} },
		}
		here, _ := present([]contender{idle})
		_, err := measure(t.Context(), here[0], v, t.TempDir(), 100*time.Millisecond, time.Second)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", program, err, want)
		}
	}
}
