package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCycleUpdates(t *testing.T) {
	w := newWorld(t)
	w.want(0, "TokenUpdated", w.rotate())
	got, _ := w.copied()
	if got["source"] != "nas-token-broker" || got["updated_at"] == "" || len(got) != 3 {
		t.Errorf("got fields of another kind than token, updated_at, source")
	}
	for _, line := range []string{"step=\"read NAS KV\"", "step=\"prove token\"", "step=\"read main KV\"", "step=\"write main KV\"", "outcome=updated"} {
		if !strings.Contains(w.log, line) {
			t.Errorf("got no line with %s in the log:\n%s", line, w.log)
		}
	}
}

func TestCycleWritesNothingWhenCurrent(t *testing.T) {
	w := newWorld(t)
	id := w.rotate()
	w.main.publish(mainSecret, map[string]any{"token": id})
	w.want(0, "", id)
	if _, writes := w.copied(); writes != 1 {
		t.Errorf("got %d writes, want only the first", writes)
	}
}

func TestCycleKeepsTheToken(t *testing.T) {
	const old = "hvs.CANARYold0000000000000000"
	for _, tc := range []struct {
		name   string
		exit   int
		event  string
		arrive func(*world)
	}{
		{"NAS away", 0, "NASUnreachable", func(w *world) { w.rotate(); w.nasServer.Close() }},
		{"NAS sealed", 0, "NASUnreachable", func(w *world) { w.rotate(); w.breaks("seal") }},
		{"garbage at the NAS", 1, "InvalidToken", func(w *world) { w.nas.publish(nasSecret, map[string]any{"token": "see the wiki"}) }},
		{"nothing at the NAS", 1, "InvalidToken", func(*world) {}},
		{"no field at the NAS", 1, "InvalidToken", func(w *world) { w.nas.publish(nasSecret, map[string]any{"root": "x"}) }},
		{"a token that does not work", 1, "InvalidToken", func(w *world) { w.nas.revoke(w.nas.accessor(w.rotate())) }},
		{"the broker is revoked at the NAS", 1, "UpdateFailed", func(w *world) { w.rotate(); w.file("nas-token", "hvs.CANARYunknown0000000000000") }},
		{"another Vault's answer", 1, "UpdateFailed", func(w *world) {
			w.nasServer.Config.Handler = http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) { fmt.Fprint(out, "<html>sign in</html>") })
		}},
		{"main forbids the login", 1, "UpdateFailed", func(w *world) { w.rotate(); w.file("jwt", "another") }},
		{"main forbids the write", 1, "UpdateFailed", func(w *world) {
			w.rotate()
			w.main.allow("nas-token-broker", capabilities{"secret/data/nas/vault-token": {"read"}})
		}},
		{"main sealed", 1, "UpdateFailed", func(w *world) { w.rotate(); w.breaks("main-sealed") }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			w.main.publish(mainSecret, map[string]any{"token": old})
			tc.arrive(w)
			w.want(tc.exit, tc.event, old)
			if _, writes := w.copied(); writes != 1 {
				t.Errorf("got %d writes, want only the first", writes)
			}
		})
	}
}

func TestCycleSaysThatTheTokenIsStale(t *testing.T) {
	w := newWorld(t)
	id := w.rotate()
	w.main.publish(mainSecret, map[string]any{"token": id})
	w.nas.revoke(w.nas.accessor(id))
	w.want(1, "TokenStale", id)
}

func TestCycleMendsWhatTheMainVaultHolds(t *testing.T) {
	for name, data := range map[string]map[string]any{
		"garbage": {"token": "see the wiki"}, "no token": {"other": "x"}, "deleted": nil,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.main.publish(mainSecret, map[string]any{"token": "of before"})
			if data == nil {
				w.main.admin(http.MethodDelete, "secret/data/"+mainSecret, nil)
			} else {
				w.main.publish(mainSecret, data)
			}
			w.want(0, "TokenUpdated", w.rotate())
		})
	}
}

// TestCycleLosesARace lets another writer in between this one's read and write.
func TestCycleLosesARace(t *testing.T) {
	for name, same := range map[string]bool{"the same token": true, "another token": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			winner := w.rotate()
			if !same {
				winner = "hvs.CANARYwinner000000000000000"
			}
			raced := false
			w.beforeMain = func(r *http.Request) {
				if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/data/") && !raced {
					raced = true
					w.main.publish(mainSecret, map[string]any{"token": winner})
				}
			}
			w.want(0, "", winner)
			if _, writes := w.copied(); writes != 1 {
				t.Errorf("got %d writes, want the winner's only", writes)
			}
			if want := map[bool]string{true: "outcome=current", false: "outcome=superseded"}[same]; !strings.Contains(w.log, want) {
				t.Errorf("got no %q in the log:\n%s", want, w.log)
			}
		})
	}
}

func TestCycleObeysTheFlags(t *testing.T) {
	w := newWorld(t)
	w.rotate()
	w.flags["enable-auto-qnap-token"] = "false"
	w.want(0, "", "")
	w.flags["enable-auto-qnap-token"] = "yes"
	w.want(2, "", "")
	if !strings.Contains(w.log, `got 3 characters, want true or false`) {
		t.Errorf("got no word about the flag:\n%s", w.log)
	}
}

func TestCycleSurvivesEventsThatFail(t *testing.T) {
	w := newWorld(t)
	w.kube.forbid("create", "events")
	w.want(0, "", w.rotate())
	if !strings.Contains(w.log, `step="write event"`) || !strings.Contains(w.log, "reason=forbidden") {
		t.Errorf("got no word about the Event:\n%s", w.log)
	}
}

// TestEventsDoNotGrow counts repetitions of one Event up.
func TestEventsDoNotGrow(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.want(1, "InvalidToken", "")
	}
	event := w.kube.Object("events", "nas-token-broker.invalidtoken")
	if names := w.kube.ObjectNames("events"); len(names) != 1 || event["count"] != 3.0 {
		t.Errorf("got Events %q with count %v, want 1 with 3", names, event["count"])
	}
}

// TestCycleKilledAnywhere ends the broker at each request to the main Vault:
// it holds the old token or the new one, and the next cycle moves on.
func TestCycleKilledAnywhere(t *testing.T) {
	for at := 1; ; at++ {
		for _, after := range []bool{false, true} {
			w := newWorld(t)
			fresh := w.rotate()
			ctx, cancel := context.WithCancel(context.Background())
			cut := &cutter{At: at, After: after, Cut: cancel}
			server := httptest.NewServer(cut.Wrap(w.mainAPI))
			w.cycleAt(ctx, server.URL)
			server.Close()
			cancel()
			if cut.Count() < at {
				return
			}
			if got, _ := w.copied(); len(got) != 0 && (got["token"] != fresh || len(got) != 3) {
				t.Errorf("cut at %d: got half a write", at)
			}
			exit := w.cycle()
			if got, _ := w.copied(); exit != 0 || got["token"] != fresh {
				t.Errorf("cut at %d: got exit code %d and not the new token after the next cycle", at, exit)
			}
		}
	}
}
