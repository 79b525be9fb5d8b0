package contracts_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// fixedSeed makes every run the same, so that a failure is of this change and
// not of this run. SEED= chooses another one.
const fixedSeed = 20260101

// canary stands for a secret in whatever a parser is given. It must never be
// in an error.
const canary = "CANARYcanaryCANARY0123456789"

// check runs a property n times and prints the seed that replays it.
func check(t *testing.T, n int, property gopter.Prop) {
	t.Helper()
	runProperty(t, property, func(p *gopter.TestParameters) { p.MinSuccessfulTests = n })
}

func runProperty(t *testing.T, property gopter.Prop, adjust func(*gopter.TestParameters)) {
	t.Helper()
	seed := int64(fixedSeed)
	if text := os.Getenv("SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseInt(text, 10, 64); err != nil {
			t.Fatalf("reading SEED: got %q, want a number", text)
		}
	}
	parameters := gopter.DefaultTestParametersWithSeed(seed)
	parameters.Workers = 1
	parameters.MaxShrinkCount = 50
	adjust(parameters)
	result := property.Check(parameters)
	t.Logf("seed %d: %d runs", seed, result.Succeeded)
	if !result.Passed() {
		t.Errorf("replay with SEED=%d: %s\n%s", seed, result.Status, gopter.PropArgs(result.Args))
		for _, label := range result.Labels {
			t.Log(label)
		}
		if result.Error != nil {
			t.Log(result.Error)
		}
	}
}

// classified says what is wrong with an error of a parser that was given
// something with the canary in it; "" where nothing is. Every failure has a
// reason of the closed set, which does not blame this program.
func classified(err error) string {
	if err == nil {
		return ""
	}
	why := reason.Of(err)
	switch {
	case strings.Contains(err.Error(), canary[:8]):
		return "the error quotes what was read"
	case why == reason.Internal, !known(why):
		return "got reason " + strconv.Quote(string(why)) + " for " + err.Error()
	}
	return ""
}

func known(why reason.Reason) bool {
	for _, e := range reason.Catalogue() {
		if e.Reason == why {
			return true
		}
	}
	return false
}

// texts are what a token's place may hold: tokens of both forms, near misses,
// and anything else, with what editors and terminals add.
func texts() gopter.Gen {
	piece := gen.OneGenOf(
		gen.OneConstOf("", "hvs."+canary, "s."+canary, "hvb."+canary, "HVS."+canary, "hvs.", "hvs.short", canary,
			"hvs."+canary+"=", "hvs. "+canary, "hvs."+strings.Repeat(canary, 200), "Root token: "+canary,
			`{"token":"hvs.`+canary+`"}`, "\xef\xbb\xbf", "\x00", "hvs."+canary+"\x00", "é", "\xff\xfe"),
		gen.AnyString(),
	)
	space := gen.OneConstOf("", "\n", "\r\n", " ", "\t", "\n\n", "\r", " \n ", "\v", "\u00a0")
	return gen.SliceOfN(4, gopter.CombineGens(piece, space)).Map(func(parts [][]any) string {
		var text strings.Builder
		for _, part := range parts {
			text.WriteString(part[0].(string))
			text.WriteString(part[1].(string))
		}
		return text.String()
	})
}
