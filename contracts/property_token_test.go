package contracts_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"

	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

// judge says by other means than the parser why a text is no token.
func judge(text string) reason.Reason {
	if len(text) > token.MaxBytes {
		return reason.Oversize
	}
	text = strings.Trim(text, " \t\r\n")
	prefix, body, ok := strings.Cut(text, ".")
	ok = ok && slices.Contains([]string{"hvs", "hvb", "hvr", "s", "b", "r"}, prefix)
	body, namespace, within := strings.Cut(body, ".")
	ok = ok && (!within || (len(namespace) == 5 || len(namespace) == 6) && strings.Trim(namespace, alphabet[:62]) == "")
	switch {
	case text == "":
		return reason.Empty
	case strings.ContainsAny(text, "\r\n"):
		return reason.Ambiguous
	case !ok, len(body) < 20, strings.Trim(body, alphabet) != "":
		return reason.Malformed
	}
	return ""
}

func TestTokenParserIsTotalAndSilent(t *testing.T) {
	check(t, 5000, prop.ForAll(func(text string) string {
		parsed, err := token.Parse([]byte(text))
		if got, want := reason.Of(err), judge(text); got != want {
			return "got reason " + string(got) + ", want " + string(want)
		}
		if err == nil && parsed.Reveal() != strings.Trim(text, " \t\r\n") {
			return "got another token than was put in"
		}
		return classified(err)
	}, texts()))
}

func TestWhiteSpaceAroundATokenChangesNothing(t *testing.T) {
	check(t, 1000, prop.ForAll(func(body, before, after string) bool {
		plain, err := token.Parse([]byte("hvs." + body))
		spaced, spacedErr := token.Parse([]byte(before + "hvs." + body + after))
		return reason.Of(err) == reason.Of(spacedErr) && plain.Reveal() == spaced.Reveal()
	}, gen.RegexMatch(`^[A-Za-z0-9_-]{10,30}$`), gen.RegexMatch(`^[ \t]{0,3}$`), gen.RegexMatch(`^[ \t\r\n]{0,4}$`)))
}

func TestExecParserTrustsNothingButExitCodeZero(t *testing.T) {
	check(t, 5000, prop.ForAll(func(stdout, stderr string, code int, running bool) string {
		parsed, err := hop.ParseExec(upstream.ExecOutput{ExitCode: code, Running: running, Stdout: []byte(stdout), Stderr: []byte(stderr + canary)})
		wanted := !running && code == 0 && judge(stdout) == ""
		if (err == nil) != wanted || parsed.IsZero() == wanted {
			return "got a token or none where it should be the other way"
		}
		return classified(err)
	}, texts(), gen.OneConstOf("", "cat: can't open: No such file or directory", "cat: x: Permission denied", "Not a directory"),
		gen.OneConstOf(0, 0, 1, 2, 126, 127, 137, -1), gen.Weighted([]gen.WeightedGen{{Weight: 4, Gen: gen.Const(false)}, {Weight: 1, Gen: gen.Const(true)}})))
}

func TestPrintfNeverShowsAToken(t *testing.T) {
	check(t, 500, prop.ForAll(func(verb string) bool {
		parsed, err := token.Parse([]byte("hvs." + canary))
		return err == nil && !strings.Contains(sprint(verb, parsed), canary[:8])
	}, gen.RegexMatch(`^%[+# 0-]{0,2}[0-9]{0,2}[vTsdqxXpbotcUeEfFgG]$`)))
}
