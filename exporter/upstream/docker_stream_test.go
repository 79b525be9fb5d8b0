package upstream

import (
	"bytes"
	"io"
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

// spied keeps the memory that it was read into.
type spied struct {
	io.Reader
	into [][]byte
}

// Read implements io.Reader.
func (s *spied) Read(p []byte) (int, error) {
	s.into = append(s.into, p)
	return s.Reader.Read(p)
}

// TestOutputIsOverwritten also where there is more of it than is wanted: a token
// stayed in a reader's buffer, and in the output of a stream that was refused.
func TestOutputIsOverwritten(t *testing.T) {
	const secret = "hvs.EXAMPLE0example0EXAMPLE0"
	good := "\x01\x00\x00\x00\x00\x00\x00\x1c" + secret
	for name, raw := range map[string]string{
		"whole": good, "cut": good + good[:20], "oversize": good + "\x01\x00\x00\x00\xff\xff\xff\xff", "malformed": good + "\x07\x00\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			r := &spied{Reader: strings.NewReader(raw)}
			if out, err := deframe(r); err == nil {
				out.clear()
			}
			for _, p := range r.into {
				if bytes.Contains(p, []byte("EXAMPLE0")) {
					t.Errorf("afterwards got the token in memory")
				}
			}
		})
	}
}
