package main

import (
	"fmt"
	"strings"
)

// move is one thing that happens.
type move struct {
	name string
	do   func(*machine)
}

// moves are what the world does between the steps of a rotation, and within them.
var moves = []move{
	{"propagate", (*machine).propagate},
	{"delete the KV secret", func(w *machine) { w.real.admin("DELETE", "secret/data/"+w.path, nil) }},
	{"garble it", func(w *machine) { w.real.publish(w.path, map[string]any{"token": "ask alice"}) }},
	{"take its field away", func(w *machine) { w.real.publish(w.path, map[string]any{"created_at": "x"}) }},
	{"roll it back", func(w *machine) {
		if accessor := w.real.accessor(w.initial); accessor != "" {
			w.real.publish(w.path, map[string]any{"token": w.initial})
			w.handed[accessor] = true
		}
	}},
	{"publish by hand", func(w *machine) {
		id, _ := w.real.issue()
		w.real.publish(w.path, map[string]any{"token": id})
	}},
	{"delete all versions and metadata", func(w *machine) {
		w.real.admin("DELETE", "secret/metadata/"+w.path, nil)
		w.forget()
	}},
	{"delete the Secret", func(w *machine) { w.kube.DeleteObject("secrets", appSecret) }},
	{"make the Secret stale", func(w *machine) {
		if w.real.accessor(w.initial) != "" {
			w.setSecret(w.initial)
		}
	}},
	{"refuse the Secret", func(w *machine) { w.kube.forbid("get", "secrets") }},
	{"allow the Secret", func(w *machine) { w.kube.allow() }},
	{"note rotation-", func(w *machine) { w.real.note(w.path, "rotation-", "x") }},
	{"note rotation-period", func(w *machine) { w.real.note(w.path, "rotation-period", "90d") }},
	{"note the administrator's accessor", func(w *machine) { w.real.note(w.path, "rotation-0", "x>"+w.administrator) }},
	{"forge an old", func(w *machine) { w.forge("%s -") }},
	{"forge a new", func(w *machine) { w.forge("- %s") }},
	{"remove what was forged", func(w *machine) { w.real.note(w.path, forgedKey, nil) }},
	{"let the clock jump", func(w *machine) {
		for key, value := range w.real.journal(w.path) {
			if part := strings.SplitN(text(value), " ", 2); len(part) == 2 && len(key) == len(forgedKey) {
				w.real.note(w.path, key, "2001-01-01T00:00:00Z "+part[1])
			}
		}
	}},
	{"restore an old snapshot", func(w *machine) {
		if *machineVault == "" {
			w.restore()
			w.remember()
			w.restored = true
			w.forget()
		}
	}},
	{"remember a snapshot", (*machine).remember},
}

const forgedKey = "rotation-v1-0123456789abcdef0123456789abcdef"

func (w *machine) forge(form string) {
	w.real.note(w.path, forgedKey, "2026-01-02T03:04:05Z "+fmt.Sprintf(form, w.administrator))
}

// requestsARotation is about how many a whole one makes.
const requestsARotation = 48

// action is a decoded step: a move of the world, or a rotation, at one of whose
// requests something happens. Small codes are the simple ones, to shrink to.
type action struct {
	rotates bool
	follow  bool
	at      int
	move    int // within the rotation; len(moves) is a kill, one more a rival
}

func decode(code uint32) action {
	kind, rest := code%4, code/4
	if kind >= 2 {
		return action{move: int(rest) % len(moves)}
	}
	a := action{rotates: true, follow: kind == 0}
	if kind != 0 || rest%3 != 0 {
		a.at = int(rest/3)%requestsARotation + 1
		a.move = int(rest/3/requestsARotation) % (len(moves) + 10)
		if a.move > len(moves)+1 {
			a.move = len(moves) // being killed is the likeliest
		}
	}
	return a
}

// String implements fmt.Stringer.
func (a action) String() string {
	what := map[int]string{len(moves): "kill it", len(moves) + 1: "run another one"}[a.move]
	if a.move < len(moves) {
		what = moves[a.move].name
	}
	switch {
	case !a.rotates:
		return what
	case a.at == 0:
		return "rotate"
	}
	return fmt.Sprintf("rotate (Secret follows: %v) and at request %d %s", a.follow, a.at, what)
}

func (w *machine) step(code uint32) {
	a := decode(code)
	if !a.rotates {
		moves[a.move].do(w)
		return
	}
	w.follow = a.follow
	w.rotate(a.at, func() {
		switch a.move {
		case len(moves):
			w.killed()
		case len(moves) + 1:
			cancel := w.killed
			w.rotate(0, nil)
			w.killed = cancel
		default:
			moves[a.move].do(w)
		}
	})
}
