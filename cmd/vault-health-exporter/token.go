package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"homelab.io/vault-health-exporter/cmd/internal/privatefile"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// tokenPoll is the time between two tries of --wait.
const tokenPoll = time.Second

type tokenCommand struct {
	configFile, flow, file string
	stdout, fallback       bool
	wait                   time.Duration
}

// run prints the token and nothing else. It asks Kubernetes only: an
// application's start must not depend on the NAS.
func (c tokenCommand) run(ctx context.Context, s streams) int {
	if c.stdout == (c.file != "") {
		return unusable(s.stderr, errors.New("where the token goes is yours to say: give either --stdout or --file=PATH"))
	}
	f, err := c.find(ctx)
	if err != nil {
		return unusable(s.stderr, err)
	}
	t, err := c.read(ctx, f)
	if err != nil && c.fallback {
		fmt.Fprintf(s.stderr, "vault-health-exporter: the flow does not serve: %v\n", err)
		t, err = fallback(ctx, f, s.stderr)
	}
	if err != nil {
		fmt.Fprintf(s.stderr, "vault-health-exporter: getting the token of flow %q: %v (%s)\n", f.Name, err, reason.Of(err).Plain())
		return exitFailed
	}
	defer t.Destroy()
	if c.stdout {
		_, err = fmt.Fprintln(s.stdout, t.Reveal())
	} else {
		err = write(c.file, t)
	}
	if err != nil {
		return unusable(s.stderr, err)
	}
	return exitOK
}

func (c tokenCommand) find(ctx context.Context) (config.Flow, error) {
	cfg, err := config.LoadOnce(ctx, c.configFile)
	if cfg == nil {
		return config.Flow{}, err
	}
	var wrong *config.Error
	var names []string
	for _, f := range cfg.Flows {
		names = append(names, f.Name)
		if f.Name != c.flow && (c.flow != "" || len(cfg.Flows) > 1) {
			continue
		}
		if errors.As(err, &wrong) && len(wrong.ByFlow()[f.Name]) > 0 {
			return config.Flow{}, &config.Error{Problems: wrong.ByFlow()[f.Name]}
		}
		if f.Main.Kubernetes == nil || f.Main.Kubernetes.Secret == nil {
			return config.Flow{}, fmt.Errorf("flow %q has no main.kubernetes.secret to read the token from", f.Name)
		}
		return f, nil
	}
	return config.Flow{}, fmt.Errorf("finding flow %q: got %q, name one of them with --flow", c.flow, names)
}

// read tries until it has the token, or until the time to wait is over.
func (c tokenCommand) read(ctx context.Context, f config.Flow) (token.Token, error) {
	deadline := time.Now().Add(c.wait)
	for {
		t, err := readOnce(ctx, f)
		if err == nil || time.Now().Add(tokenPoll).After(deadline) {
			return t, err
		}
		select {
		case <-ctx.Done():
			return token.Token{}, err
		case <-time.After(tokenPoll):
		}
	}
}

// readOnce reads the Secret. An ExternalSecret that has not been refreshed for
// too long makes the token stale; one that is merely not ready does not: the
// Secret then holds the last good token, which is what it is for.
func readOnce(ctx context.Context, f config.Flow) (token.Token, error) {
	k := *f.Main.Kubernetes
	ctx, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	reading, err := hop.K8sSecret(upstream.MainCluster(k))(ctx)
	if reason.Of(err) == reason.Padded {
		err = nil // here the token is printed without what is around it
	}
	if err != nil || k.ExternalSecret == nil {
		return reading.Token, err
	}
	_, err = hop.ExternalSecret(upstream.MainCluster(k), nil, nil)(ctx)
	if reason.Of(err) == reason.Stale {
		reading.Token.Destroy()
		return token.Token{}, err
	}
	return reading.Token, nil
}

// write makes the token the only line of a file that only its owner may read.
func write(path string, t token.Token) error {
	content := append([]byte(t.Reveal()), '\n')
	defer clear(content)
	return privatefile.Write(path, content)
}
