package reason

import (
	"errors"
	"fmt"
)

// Error is a failure with its reason. It keeps no cause: whatever an upstream
// or a library said is classified where it occurred and then dropped, so no
// formatter or unwrapper can bring it back.
type Error struct {
	Reason Reason
	text   string
}

// Errorf makes an Error. The text is gerund, quoted target, got and want; its
// arguments must come from the configuration or be numbers, never from a reply.
func Errorf(r Reason, format string, args ...any) *Error {
	return &Error{Reason: r, text: fmt.Sprintf(format, args...)}
}

// Error returns the text followed by the reason.
func (e *Error) Error() string { return e.text + ": " + string(e.Reason) }

// From turns any error into an Error about what was being done. An error that
// already has a reason keeps it, and its text, which is ours, is kept behind
// the new one; every other error is classified and its text dropped.
func From(err error, format string, args ...any) *Error {
	doing := fmt.Sprintf(format, args...)
	var known *Error
	if errors.As(err, &known) {
		return &Error{Reason: known.Reason, text: doing + ": " + known.text}
	}
	return &Error{Reason: Classify(err), text: doing}
}

// Of returns the reason of err, classifying it where it has none. Of(nil) is "".
func Of(err error) Reason {
	if err == nil {
		return ""
	}
	var known *Error
	if errors.As(err, &known) {
		return known.Reason
	}
	return Classify(err)
}
