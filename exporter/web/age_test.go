package web

import (
	"testing"
	"time"
)

func TestSpan(t *testing.T) {
	tests := map[time.Duration]string{
		-time.Minute:                   "less than 1 s",
		999 * time.Millisecond:         "less than 1 s",
		12*time.Second + 900*1000*1000: "12 s",
		119 * time.Second:              "119 s",
		2 * time.Minute:                "2 min",
		time.Hour:                      "1 h",
		3*time.Hour + 12*time.Minute:   "3 h 12 min",
		24 * time.Hour:                 "1 d",
		50*time.Hour + 59*time.Minute:  "2 d 2 h",
	}
	for d, want := range tests {
		if got := span(d); got != want {
			t.Errorf("span of %s: got %q, want %q", d, got, want)
		}
	}
}

func TestAges(t *testing.T) {
	tests := []struct{ got, want string }{
		{ago(before(12*time.Second), at).Age, "12 s ago"},
		{ago(before(12*time.Second), at).Exact, "2026-11-03 03:12:32 UTC"},
		{ago(at, at).Age, "just now"},
		{ago(before(-time.Minute), at).Age, "just now"}, // a clock that was set back
		{ago(before(-25*time.Hour), at).Age, "in 1 d 1 h, by a clock that is wrong"},
		{until(before(-time.Hour), at).Age, "in 1 h"},
		{until(before(time.Hour), at).Age, "1 h ago"},
		{exact(at.In(time.FixedZone("CET", 3600))), "2026-11-03 03:12:44 UTC"},
		{milliseconds(1234 * time.Microsecond), "1.2 ms"},
		{milliseconds(250 * time.Millisecond), "250 ms"},
		{milliseconds(2 * time.Second), "2.0 s"},
		{every(500 * time.Millisecond), "500 ms"},
		{every(15 * time.Second), "15 s"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}
