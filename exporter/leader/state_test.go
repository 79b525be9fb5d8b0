package leader

import (
	"testing"
	"time"
)

const own, other, third = "a_00000001", "b_00000002", "c_00000003"

// TestStates plays what a candidate sees, and what it then may write and does.
func TestStates(t *testing.T) {
	const second = time.Second
	type seen struct {
		after  time.Duration // the one before
		holder string
		renew  string
		failed bool // it could not look
		wrote  bool // and what it then wrote was taken
	}
	type want struct{ free, leads bool }
	for _, test := range []struct {
		name  string
		looks []seen
		want  want
	}{
		{"nobody has it", []seen{{}}, want{true, false}},
		{"it was released", []seen{{0, other, "1", false, false}, {5 * second, "", "2", false, true}}, want{true, true}},
		{"it is taken", []seen{{wrote: true}}, want{true, true}},
		{"another one has it", []seen{{0, other, "1", false, false}}, want{false, false}},
		{"another one renews it", []seen{{0, other, "1", false, false}, {40 * second, other, "2", false, false}}, want{false, false}},
		{"another one's is about to end", []seen{{0, other, "1", false, false}, {duration - 1, other, "1", false, false}}, want{false, false}},
		{"another one's has ended", []seen{{0, other, "1", false, false}, {duration, other, "1", false, false}}, want{true, false}},
		{"another one's has ended and was taken", []seen{{0, other, "1", false, false}, {duration, other, "1", false, true}}, want{true, true}},
		{"a third one was faster", []seen{{0, other, "1", false, false}, {duration, other, "1", false, false}, {5 * second, third, "2", false, false}}, want{false, false}},
		{"a leader sees another one", []seen{{wrote: true}, {5 * second, other, "2", false, false}}, want{false, false}},
		{"a leader cannot look", []seen{{wrote: true}, {time.Hour, "", "", true, false}}, want{true, true}},
		{"a leader whose Lease was deleted", []seen{{wrote: true}, {5 * second, "", "", false, false}}, want{true, true}},
		{"a leader whose Lease a person emptied", []seen{{wrote: true}, {5 * second, "", "9", false, false}}, want{true, true}},
		{"a leader that lost it before it could look", []seen{{wrote: true}, {time.Hour, "", "", true, false}, {5 * second, other, "8", false, false}}, want{false, false}},
		{"who stands by cannot look for long", []seen{{0, other, "1", false, false}, {patience - 1, "", "", true, false}}, want{true, false}},
		{"who stands by cannot look for longer", []seen{{0, other, "1", false, false}, {patience, "", "", true, false}}, want{true, true}},
		{"it has never looked", []seen{{patience, "", "", true, false}}, want{true, true}},
		{"nobody has it and it may not write", []seen{{}, {patience, "", "", false, false}}, want{true, true}},
		{"who leads for want of another one sees it", []seen{{patience, "", "", true, false}, {5 * second, other, "1", false, false}}, want{false, false}},
		{"its own of before an answer was lost", []seen{{0, own, "1", false, false}}, want{true, false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			now := noon
			s := state{identity: own, since: now, heard: now}
			for _, look := range test.looks {
				now = now.Add(look.after)
				if !look.failed {
					s = s.saw(record{Holder: look.holder, Renewed: look.renew}, now)
				}
				if look.wrote {
					s = s.wrote(record{Holder: own, Renewed: "9"}, now)
				}
				s = s.waited(now)
			}
			if got := (want{s.free(now), s.leads}); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

// TestStandings: what another candidate wrote is shown where it has the form of a
// candidate's name, and nowhere else.
func TestStandings(t *testing.T) {
	of := func(holder string, leads bool, age time.Duration) Standing {
		return state{identity: own, seen: record{Holder: holder}, since: noon, leads: leads}.standing(noon.Add(age))
	}
	for _, test := range []struct {
		standing Standing
		says     string
	}{
		{of(own, true, 0), "leads"},
		{of(own, true, duration), "leads without the Lease, which it cannot get or renew; another one may lead, too"},
		{of("", true, 0), "leads without the Lease, which it cannot get or renew; another one may lead, too"},
		{of("exporter-7d9c-x2x_0a1b2c3d", false, 0), "stands by while exporter-7d9c-x2x leads"},
		{of("", false, 0), "stands by, and does not know who leads"},
		{of("hvs.CAESIJsecret", false, 0), "stands by, and does not know who leads"},
		{of("<b>_0a1b2c3d", false, 0), "stands by, and does not know who leads"},
	} {
		if got := test.standing.String(); got != test.says {
			t.Errorf("%+v: got %q, want %q", test.standing, got, test.says)
		}
	}
	if a, b := newIdentity(), newIdentity(); a == b || !identityForm.MatchString(a) {
		t.Errorf("got %q and %q, want two names of the form", a, b)
	}
}
