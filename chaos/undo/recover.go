package undo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// bound is how long one undo may take. It is not the caller's context's: an
// interrupt must not leave a fault behind.
const bound = 3 * time.Minute

// Undo undoes one entry and notes it. It goes on after ctx is cancelled.
func (j *Journal) Undo(ctx context.Context, e Entry, undo func(context.Context, Entry) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bound)
	defer cancel()
	err := undo(ctx, e)
	if err != nil {
		return fmt.Errorf("undoing %q: %w", e.Fault, err)
	}
	return j.Done(e)
}

// Recover undoes everything that is not undone in the target, what was injected
// last first, and goes on after one that fails. What is noted of another target
// is dropped: that one is gone. What has a slash behind the target is a part of it.
// An empty target is none at all.
func (j *Journal) Recover(ctx context.Context, target string, undo func(context.Context, Entry) error, say func(format string, args ...any)) error {
	var failed []error
	for _, e := range j.Left() {
		if e.Target != target && !strings.HasPrefix(e.Target, target+"/") {
			say("dropping %s: %s, into which it was injected at %s, is gone", e.Fault, e.Target, e.When.Format(time.RFC3339))
			failed = append(failed, j.Done(e))
			continue
		}
		say("undoing %s, injected at %s", e.Fault, e.When.Format(time.RFC3339))
		failed = append(failed, j.Undo(ctx, e, undo))
	}
	return errors.Join(failed...)
}
