package upstream

import (
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/reason"
)

func TestDeframe(t *testing.T) {
	frame := func(kind byte, content string) string {
		return string([]byte{kind, 0, 0, 0, 0, 0, byte(len(content) >> 8), byte(len(content))}) + content
	}
	for _, tc := range []struct {
		name, raw, stdout, stderr string
		want                      reason.Reason
	}{
		{"nothing", "", "", "", ""},
		{"both streams", frame(1, "a") + frame(2, "e") + frame(1, "b"), "ab", "e", ""},
		{"empty frames", frame(1, "") + frame(1, "a"), "a", "", ""},
		{"cut in a header", frame(1, "a") + "\x01\x00", "", "", reason.Truncated},
		{"cut before the content", frame(1, "abc")[:8], "", "", reason.Truncated},
		{"cut in the content", frame(1, "abc")[:10], "", "", reason.Truncated},
		{"a frame that claims 4 GiB", "\x01\x00\x00\x00\xff\xff\xff\xffx", "", "", reason.Oversize},
		{"too much in all", strings.Repeat(frame(1, strings.Repeat("a", 2000)), 3), "", "", reason.Oversize},
		{"another kind", frame(7, "a"), "", "", reason.MalformedResponse},
		{"no frames", "hvs.EXAMPLE0example0EXAMPLE0\n", "", "", reason.MalformedResponse},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out, err := deframe(strings.NewReader(tc.raw))
			if reason.Of(err) != tc.want {
				t.Fatalf("got %v, want reason %q", err, tc.want)
			}
			if err == nil && (string(out.stdout) != tc.stdout || string(out.stderr) != tc.stderr) {
				t.Errorf("got %q and %q, want %q and %q", out.stdout, out.stderr, tc.stdout, tc.stderr)
			}
		})
	}
}
