// Package features reads the rollout flags of the flow: the ConfigMap
// automation-config, mounted as a directory with one file for each key.
package features

import (
	"errors"
	"path/filepath"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/exporter/localfile"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// The keys of the ConfigMap.
const (
	KeyAutomatic          = "enable-auto-qnap-token"
	KeyFallbackToManual   = "fallback-to-manual"
	KeyHealthCheckTimeout = "health-check-timeout"
)

// maxBytes caps the value of a key, in bytes; the longest good one is a duration.
const maxBytes = 64

// Flags are the rollout flags.
type Flags struct {
	// Automatic lets the broker move the token.
	Automatic bool
	// FallbackToManual says that a person moves the token when the broker cannot.
	FallbackToManual bool
	// HealthCheckTimeout bounds one check of the NAS Vault's health.
	HealthCheckTimeout time.Duration
}

// Load reads the flags from dir, anew on each call, so a changed ConfigMap
// counts as soon as the kubelet has written it. All three keys must be there:
// a flag that is misspelt is a flag that is missing. Other keys are other
// programs' business. Errors never quote a value: it may be a secret that
// somebody wrote into the wrong ConfigMap.
func Load(dir string) (Flags, error) {
	var (
		flags Flags
		err   error
	)
	if flags.Automatic, err = readBool(dir, KeyAutomatic); err != nil {
		return Flags{}, err
	}
	if flags.FallbackToManual, err = readBool(dir, KeyFallbackToManual); err != nil {
		return Flags{}, err
	}
	if flags.HealthCheckTimeout, err = readDuration(dir, KeyHealthCheckTimeout); err != nil {
		return Flags{}, err
	}
	return flags, nil
}

// readBool takes true and false only: of yes, on and 1, nobody knows which of
// them another program takes for true.
func readBool(dir, key string) (bool, error) {
	text, err := read(dir, key)
	if err != nil {
		return false, err
	}
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, reason.Errorf(reason.Config, "reading the flag %q: got %d characters, want true or false", filepath.Join(dir, key), len(text))
}

func readDuration(dir, key string) (time.Duration, error) {
	text, err := read(dir, key)
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, reason.Errorf(reason.Config, "reading the flag %q: got %d characters, want a duration of more than 0s, such as 30s", filepath.Join(dir, key), len(text))
	}
	return d, nil
}

func read(dir, key string) (string, error) {
	path := filepath.Join(dir, key)
	raw, err := localfile.Read(path, maxBytes)
	var refused *localfile.Refused
	if errors.As(err, &refused) {
		return "", reason.Errorf(reason.Config, "reading the flag %q: %v", path, refused)
	}
	if err != nil {
		return "", reason.From(err, "reading the flag %q", path)
	}
	return strings.TrimSpace(string(raw)), nil
}
