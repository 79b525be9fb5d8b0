//go:build pact && e2e

package contracts_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/contracts"
)

// cluster is an active node and its standby.
type cluster struct {
	active, standby *api.Client
	name            string // of the active node
}

// node returns the access to the second node of a cluster in the state. A
// cluster that lost a node stays so, for the next interaction.
func (s *spares) node(ctx context.Context, v vaultAccess, state contracts.State) (to access, err error) {
	kind := state
	if state == contracts.VaultCutOff { // which is what the other one becomes
		kind = contracts.VaultRedirects
	}
	c := s.clusters[kind]
	if c == nil {
		err := s.whole(ctx, func() (err error) {
			if c, err = s.cluster(ctx, fmt.Sprintf("spare-%d", len(s.clusters))); err != nil {
				return err
			}
			return s.lose(ctx, c, kind)
		})
		if err != nil {
			return to, err
		}
		if s.clusters == nil {
			s.clusters = map[contracts.State]*cluster{}
		}
		s.clusters[kind] = c
	}
	to = access{untyped: true, transport: http.DefaultTransport, header: map[string]string{"X-Vault-Token": c.active.Token()}}
	if to.base, err = url.Parse(c.standby.Address()); err != nil {
		return to, err
	}
	switch state {
	case contracts.VaultForwards:
		err = c.hold(ctx, v.path)
	case contracts.VaultCutOff:
		err = until(ctx, func() error { return says(ctx, to, func(h said) bool { return h.Healthy != nil && !*h.Healthy }) })
	case contracts.VaultRemoved:
		err = until(ctx, func() error { return says(ctx, to, func(h said) bool { return h.Removed != nil && *h.Removed }) })
	}
	return to, err
}

// cluster starts two nodes.
func (s *spares) cluster(ctx context.Context, alias string) (*cluster, error) {
	active, key, err := s.active(ctx, alias+"-active")
	if err != nil {
		return nil, err
	}
	c := &cluster{active: active, name: s.started[len(s.started)-1]}
	if err := mountSecrets(ctx, active); err != nil {
		return nil, err
	}
	leader, err := active.Sys().LeaderWithContext(ctx)
	if err != nil {
		return nil, err
	}
	if c.standby, err = s.start(ctx, alias+"-standby"); err != nil {
		return nil, err
	}
	if _, err := c.standby.Sys().RaftJoinWithContext(ctx, &api.RaftJoinRequest{LeaderAPIAddr: leader.LeaderAddress}); err != nil {
		return nil, err
	}
	if _, err := c.standby.Sys().UnsealWithContext(ctx, key); err != nil {
		return nil, err
	}
	return c, until(ctx, func() error { return errors.Join(standing(ctx, c.standby, true), c.forwards(ctx)) })
}

// forwards fails until the standby has a connection to the active node.
func (c *cluster) forwards(ctx context.Context) error {
	through, err := c.standby.Clone()
	if err != nil {
		return err
	}
	through.SetToken(c.active.Token())
	_, err = through.Auth().Token().LookupSelfWithContext(ctx)
	return err
}

// hold keeps a token at the path.
func (c *cluster) hold(ctx context.Context, path string) error {
	return until(ctx, func() error {
		_, err := c.active.KVv2(engine).Put(ctx, path, map[string]any{"token": contracts.ExampleToken})
		return err
	})
}

// lose takes one of the nodes away.
func (s *spares) lose(ctx context.Context, c *cluster, state contracts.State) error {
	switch state {
	case contracts.VaultRedirects:
		return s.docker.call(ctx, http.MethodPost, "/v1.41/containers/"+c.name+"/kill", nil, nil)
	case contracts.VaultRemoved:
		_, err := c.active.Logical().WriteWithContext(ctx, "sys/storage/raft/remove-peer", map[string]any{"server_id": s.started[len(s.started)-1]})
		return err
	}
	return nil
}

// said are the parts of a Vault's health that only some versions have.
type said struct {
	Removed *bool `json:"removed_from_cluster"`
	Healthy *bool `json:"ha_connection_healthy"`
}

// says fails unless the Vault's health is as it should be.
func says(ctx context.Context, to access, right func(said) bool) error {
	var health said
	err := to.call(ctx, http.MethodGet, "/v1/sys/health?standbycode=200&sealedcode=200&removedcode=200&haunhealthycode=200", nil, &health)
	if err == nil && !right(health) {
		err = errors.New("got another health than that of the state")
	}
	return err
}
