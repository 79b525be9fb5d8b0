package upstream

import "errors"

// ConflictError says that somebody else has written in between, so nothing was
// written by us.
type ConflictError struct{ err error }

// Error returns the text of the failed write.
func (e *ConflictError) Error() string { return e.err.Error() }

// Unwrap gives access to the reason.
func (e *ConflictError) Unwrap() error { return e.err }

// IsConflict reports whether err is a *ConflictError.
func IsConflict(err error) bool {
	var conflict *ConflictError
	return errors.As(err, &conflict)
}
