//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/e2e/lab"
)

// What docs/scale.md says of an election.
const (
	afterAStop = 10 * time.Second
	afterAKill = 45 * time.Second
	patience   = 2 * time.Minute
	// settled is for what a new pod and the first round of a candidate take.
	settled = 30 * time.Second
)

// ofTheFile is the flow of the candidates' configuration file.
const ofTheFile = "of-the-file"

// hasTheShippedRights asks the API server's own authorizer about what the components add.
func (p *play) hasTheShippedRights(ctx context.Context) error {
	wrong := func(want bool, calls ...string) (err error) {
		for _, call := range calls {
			got, failed := p.Allowed(ctx, call)
			if failed == nil && got != want {
				failed = fmt.Errorf("%s: got allowed %t, want %t", call, got, want)
			}
			err = errors.Join(err, failed)
		}
		return err
	}
	const leases = " leases.coordination.k8s.io"
	return errors.Join(
		wrong(true, "list configmaps", "create"+leases, "get"+leases+"/vault-health-exporter", "update"+leases+"/vault-health-exporter"),
		wrong(false,
			"get configmaps/any", "watch configmaps", "create configmaps", "update configmaps/any", "delete configmaps/any", "list secrets",
			"get"+leases+"/any", "update"+leases+"/any", "list"+leases, "watch"+leases, "delete"+leases+"/vault-health-exporter", "patch"+leases+"/vault-health-exporter",
		),
	)
}

func (p *play) electsOne(ctx context.Context) error {
	s, err := p.until(ctx, settled, "one of two leads", seen.one)
	if err != nil {
		return err
	}
	leader, _ := s.leader()
	_, err = p.heldBy(ctx, leader)
	return err
}

// heldBy wants the Lease to be a pod's.
func (p *play) heldBy(ctx context.Context, pod string) (lab.Lease, error) {
	lease, err := p.Lease(ctx)
	if err == nil && !strings.HasPrefix(lease.HolderIdentity, pod+"_") {
		err = fmt.Errorf("got the Lease held by %q, want %s", lease.HolderIdentity, pod)
	}
	return lease, err
}

// losesAStoppedLeader: the Lease is given up, so that nobody waits for its end.
func (p *play) losesAStoppedLeader(ctx context.Context) error {
	return p.losesALeader(ctx, afterAStop, p.Stop)
}

// losesAKilledLeader: nothing but the end of its Lease tells. Kubernetes has started
// it anew by then, as another candidate.
func (p *play) losesAKilledLeader(ctx context.Context) error {
	return p.losesALeader(ctx, afterAKill, p.Kill)
}

// losesALeader wants another process to lead in time, which counts its own slots and
// has the flows of ConfigMaps too.
func (p *play) losesALeader(ctx context.Context, bound time.Duration, lose func(context.Context, string) error) error {
	before, err := p.until(ctx, settled, "one of two leads", seen.one)
	if err != nil {
		return err
	}
	was, _ := before.leader()
	lease, err := p.heldBy(ctx, was)
	if err != nil {
		return err
	}
	lost := time.Now()
	if err := lose(ctx, was); err != nil {
		return err
	}
	var next lab.Lease
	s, err := p.until(ctx, bound, "another one leads", func(s seen) (err error) {
		if len(s.leading) != 1 {
			return fmt.Errorf("got %v leading", s.leading)
		}
		leader, _ := s.leader()
		if next, err = p.heldBy(ctx, leader); err == nil && next.HolderIdentity == lease.HolderIdentity {
			err = errors.New("got the Lease still held by who is gone")
		}
		return err
	})
	if err != nil {
		return err
	}
	leader, metrics := s.leader()
	p.say("from %s to %s", lease.HolderIdentity, next.HolderIdentity)
	if next.LeaseTransitions != lease.LeaseTransitions+1 {
		return fmt.Errorf("got %d transitions of the Lease after %d, want one more", next.LeaseTransitions, lease.LeaseTransitions)
	}
	if got, most := slotsOf(metrics, ofTheFile), s.ended.Sub(lost).Seconds()+1; got > most {
		return fmt.Errorf("got %g slots at %s, which has led for less than %.0f: want its own", got, leader, most)
	}
	_, err = p.until(ctx, settled, "it watches the same flows, and another one stands by", func(s seen) error {
		err := s.one()
		if got, want := s.flows(leader), before.flows(was); err == nil && !slices.Equal(got, want) {
			err = fmt.Errorf("got the flows %q at %s, want %q", got, leader, want)
		}
		return err
	})
	return err
}

// losesTheAPI: whoever leads goes on, also with flows of ConfigMaps that cannot be
// listed, and who stands by begins once nothing has shown for long that anybody leads.
// When it answers again, one of them stands by.
func (p *play) losesTheAPI(ctx context.Context) error {
	before, err := p.until(ctx, settled, "one of two leads", seen.one)
	if err != nil {
		return err
	}
	leader, _ := before.leader()
	both := slices.Concat(before.leading, before.standby)
	p.always = func(s seen) error {
		if !slices.Contains(s.leading, before.leading[0]) {
			return fmt.Errorf("got %s not leading any more, without an API to say who does", leader)
		}
		return nil
	}
	if err := p.RefuseAPI(ctx, both...); err != nil {
		return err
	}
	after, err := p.until(ctx, patience+settled, "both of them check", func(s seen) error {
		if len(s.leading) != 2 {
			return fmt.Errorf("got %v leading", s.leading)
		}
		for pod, metrics := range s.metrics {
			if got, want := s.flows(pod), before.flows(leader); !slices.Equal(got, want) {
				return fmt.Errorf("got the flows %q at %s, want %q", got, pod, want)
			}
			if err := wants(metrics, map[string]float64{reloaded: 0}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, flow := range before.flows(leader) {
		if err := counted(flow, leader, before, after); err != nil {
			return err
		}
	}
	p.always = func(seen) error { return nil }
	if err := p.AnswerAPI(ctx); err != nil {
		return err
	}
	s, err := p.until(ctx, afterAStop, "one of them stands by again", seen.one)
	if err != nil {
		return err
	}
	p.always = oneAtMost
	leader, _ = s.leader()
	_, err = p.heldBy(ctx, leader)
	return err
}
