// Package rotate replaces the NAS Vault's token: it makes a new one, proves it,
// publishes it, and revokes the old one once everybody has the new one. It can
// be interrupted anywhere and run again; docs/rotation.md is its state machine.
package rotate

import (
	"context"
	"errors"
	"fmt"

	"homelab.io/vault-health-exporter/cmd/token-broker/event"
	"homelab.io/vault-health-exporter/cmd/token-broker/settings"
	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// Outcome is what came of a rotation.
type Outcome string

// The outcomes.
const (
	// Rotated: a new token replaced the old one.
	Rotated Outcome = "rotated"
	// Resumed: an earlier run had published a new token and did not finish;
	// this one did the rest of its work.
	Resumed Outcome = "resumed"
	// Superseded: another writer was faster; its token stands and ours is revoked.
	Superseded Outcome = "superseded"
	// Open: a token could not be revoked, because it is not proven that nobody
	// needs it, or that it is ours. All tokens live; the next run goes on.
	Open Outcome = "open"
)

// source is who writes the Events.
const source = "token-rotator"

// maxLooks is how often the state is read at most before a token is made: it
// is read anew when leftovers were cleared away or another rotation moved on.
const maxLooks = 5

type rotation struct {
	*settings.Settings
	log step.Log
}

// OpenError says why a rotation stays open.
type OpenError struct{ error }

// Unwrap gives access to the reason.
func (e *OpenError) Unwrap() error { return e.error }

func stays(r reason.Reason, format string, args ...any) error {
	return &OpenError{reason.Errorf(r, format, args...)}
}

// Run does one rotation, or finishes an interrupted one. Beside Open there is
// an error, which says what a person has to mend.
func Run(ctx context.Context, s *settings.Settings, log step.Log) (Outcome, error) {
	r := rotation{Settings: s, log: log}
	outcome, err := r.run(ctx)
	if err != nil {
		outcome = ""
	}
	var open *OpenError
	if errors.As(err, &open) {
		outcome = Open
	}
	if k := s.Main.Kubernetes; k != nil && ctx.Err() == nil {
		event.Report(ctx, *k, log, source, outcome.event(reason.Of(err)))
	}
	return outcome, err
}

// event is what a person is told.
func (o Outcome) event(why reason.Reason) event.Event {
	e := event.Event{Reason: "RotationFailed", Text: "The NAS Vault's token could not be rotated.", Warning: true}
	switch o {
	case Rotated, Resumed:
		e = event.Event{Reason: "TokenRotated", Text: "The NAS Vault's token was replaced, and the old one revoked."}
	case Superseded:
		e = event.Event{Reason: "RotationSuperseded", Text: "Another writer published a token of the NAS Vault at the same time."}
	case Open:
		e = event.Event{Reason: "RotationOpen", Text: "The rotation of the NAS Vault's token cannot finish; both tokens work, and the next run goes on.", Warning: true}
	}
	if why != "" {
		e.Text += fmt.Sprintf(" Reason: %s (%s).", why, why.Plain())
	}
	return e
}

func (r rotation) run(ctx context.Context) (Outcome, error) {
	outcome := Resumed
	for range maxLooks {
		now, err := r.look(ctx)
		if err != nil {
			return "", err
		}
		done, err := r.finish(ctx, &now)
		published := outcome == Rotated
		if err == nil && !done && !published {
			err = r.publish(ctx, now)
			outcome = Rotated
		}
		now.published.Destroy()
		var lost *lostError
		switch {
		case errors.As(err, &lost), err == nil && !done && published:
			return Superseded, nil
		case upstream.IsConflict(err):
			continue // another rotation moved on: look again
		case err != nil || done:
			return outcome, err
		}
	}
	return "", reason.Errorf(reason.NotReady, "rotating the token: other rotations kept getting in between, %d times", maxLooks)
}
