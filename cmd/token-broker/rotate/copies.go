package rotate

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"homelab.io/vault-health-exporter/cmd/token-broker/step"
	"homelab.io/vault-health-exporter/cmd/token-broker/upstream"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/journal"
	"homelab.io/vault-health-exporter/exporter/localfile"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
)

// maxPoll is the longest time between two looks at the copies.
const maxPoll = 5 * time.Second

// place is where a copy of the token is.
type place struct {
	name string
	read hop.Check
}

// places are all that are configured, those that applications read the last.
func (r rotation) places() []place {
	all := []place{{"NAS KV", hop.NASKV(upstream.NASVault(*r.NAS.Vault))}}
	switch {
	case r.NAS.Docker != nil:
		all = append(all, place{"token file", hop.DockerExec(*r.NAS.Docker)})
	case r.Rotate.TokenFile != "":
		all = append(all, place{"token file", readFile(r.Rotate.TokenFile)})
	}
	if v := r.Main.Vault; v != nil {
		all = append(all, place{"main KV", hop.MainKV(upstream.MainVault(*v))})
	}
	if k := r.Main.Kubernetes; k != nil && k.Secret != nil {
		all = append(all, place{"Secret", hop.K8sSecret(upstream.MainCluster(*k))})
	}
	return all
}

func readFile(path string) hop.Check {
	return func(context.Context) (r hop.Reading, err error) {
		content, err := localfile.Read(path, 2*token.MaxBytes)
		defer clear(content)
		var refused *localfile.Refused
		switch {
		case errors.As(err, &refused) && refused.TooLarge:
			return r, reason.Errorf(reason.Oversize, "reading the token file %q: %v", path, refused)
		case errors.Is(err, fs.ErrNotExist):
			return r, reason.Errorf(reason.NotFound, "reading the token file %q: it does not exist", path)
		case err != nil:
			return r, reason.Errorf(reason.FilePermission, "reading the token file %q: %s", path, localfile.Cause(err))
		}
		r.Token, err = token.Parse(content)
		return r, err
	}
}

// holds fails unless the place holds t.
func (r rotation) holds(ctx context.Context, p place, t token.Token) error {
	ctx, cancel := context.WithTimeout(ctx, step.KubernetesLimit)
	defer cancel()
	reading, err := p.read(ctx)
	defer reading.Token.Destroy()
	switch {
	case err != nil:
		return reason.From(err, "reading the copy in the %s", p.name)
	case !reading.Token.Equal(t):
		return reason.Errorf(reason.Mismatch, "reading the copy in the %s: got another token than the published one", p.name)
	}
	return nil
}

// everywhere fails unless every place holds t.
func (r rotation) everywhere(ctx context.Context, t token.Token) error {
	for _, p := range r.places() {
		if err := r.holds(ctx, p, t); err != nil {
			return err
		}
	}
	return nil
}

// arrive returns when every place holds t. After the grace period it gives up:
// whatever a place holds, or may hold where it cannot be read, is needed.
func (r rotation) arrive(ctx context.Context, t token.Token) error {
	if k := r.Main.Kubernetes; k == nil || k.Secret == nil {
		return stays(reason.Config, "looking for the token that applications hold: got no main.kubernetes.secret; configure it, or revoke the old token and run again")
	}
	grace := r.Rotate.Grace
	r.log.Info("waiting for the copies", "step", "wait", "grace", grace)
	over := time.NewTimer(grace)
	defer over.Stop()
	poll := time.NewTicker(min(maxPoll, max(grace/10, time.Millisecond)))
	defer poll.Stop()
	start := time.Now()
	for {
		missing := r.everywhere(ctx, t)
		if missing == nil {
			r.log.Info("step done", "step", "wait", "duration", time.Since(start).Round(time.Millisecond))
			return nil
		}
		r.log.Debug("not everywhere yet", "step", "wait", "reason", reason.Of(missing), "error", missing)
		select {
		case <-ctx.Done():
			return reason.From(ctx.Err(), "waiting for the copies")
		case <-over.C:
			return stays(reason.Of(missing), "waiting %s for every copy of the token: %v", grace, missing)
		case <-poll.C:
		}
	}
}

// trace notes in the journal which living tokens the copies hold while none is
// published, so that none of them lives on unknown. A copy that cannot be read
// stops the rotation.
func (r rotation) trace(ctx context.Context, now state) error {
	noted := map[string]bool{"": true}
	for _, e := range now.journal {
		noted[e.Old], noted[e.New] = true, true
	}
	var entries []journal.Entry
	for _, p := range r.places()[1:] {
		accessor, err := r.holder(ctx, p)
		if err != nil {
			return err
		}
		if !noted[accessor] {
			noted[accessor] = true
			entries = append(entries, journal.New(accessor, time.Now()))
		}
	}
	return r.note(ctx, entries...)
}

// holder returns the accessor of the token that a place holds; none where it
// holds none that works.
func (r rotation) holder(ctx context.Context, p place) (accessor string, err error) {
	var reading hop.Reading
	defer func() { reading.Token.Destroy() }()
	err = r.log.Do(ctx, "read "+p.name, step.VaultLimit, func(ctx context.Context, _ *upstream.Trace) error {
		reading, err = p.read(ctx)
		if why := reason.Of(err); why.Group() == reason.Value || why == reason.FileMissing {
			return nil
		}
		return err
	})
	if err != nil || reading.Token.IsZero() {
		return "", err
	}
	return r.identify(ctx, reading.Token)
}
