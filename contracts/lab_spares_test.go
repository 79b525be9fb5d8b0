//go:build pact && e2e

package contracts_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/hashicorp/vault/api"

	"homelab.io/vault-health-exporter/contracts"
)

// spares are Vaults beside the lab's, for states that the lab's own cannot
// leave again, or not soon: one that was never initialized, and one that stands
// by. They run the lab's image, on its network.
type spares struct {
	docker access
	suffix string
	image  string
	// program is what the image's server is called, which tells the product.
	program string
	// network and labels are those of the lab, by which it finds and removes
	// what is in it.
	network  string
	labels   map[string]string
	fresh    *url.URL
	steps    *api.Client
	clusters map[contracts.State]*cluster
	started  []string
}

// spareConfig names its addresses by number: not every network resolves names.
const spareConfig = `
storage "raft" {
  path                   = "/vault/file"
  node_id                = "%[1]s"
  performance_multiplier = 1
}
listener "tcp" {
  address     = "0.0.0.0:8200"
  tls_disable = true
}
api_addr      = "http://{{ GetInterfaceIP \"eth0\" }}:8200"
cluster_addr  = "https://{{ GetInterfaceIP \"eth0\" }}:8201"
disable_mlock = true

# A standby of OpenBao would read by itself; Vault does not know the word.
disable_standby_reads = true
`

// uninitialized returns the address of a Vault that was never initialized.
func (s *spares) uninitialized(ctx context.Context) (*url.URL, error) {
	if s.fresh != nil {
		return s.fresh, nil
	}
	err := s.whole(ctx, func() error {
		client, err := s.start(ctx, "spare-fresh")
		if err != nil {
			return err
		}
		s.fresh, err = url.Parse(client.Address())
		return err
	})
	return s.fresh, err
}

// standby returns the address of a standby that finds no active node: an active
// node that was told to step down stands by for ten seconds before it takes the
// lock again.
func (s *spares) standby(ctx context.Context) (*url.URL, error) {
	if s.steps == nil {
		err := s.whole(ctx, func() error {
			client, _, err := s.active(ctx, "spare-standby")
			if err == nil {
				s.steps = client
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if err := until(ctx, func() error { return standing(ctx, s.steps, false) }); err != nil {
		return nil, err
	}
	if err := s.steps.Sys().StepDownWithContext(ctx); err != nil {
		return nil, err
	}
	if err := until(ctx, func() error { return standing(ctx, s.steps, true) }); err != nil {
		return nil, err
	}
	return url.Parse(s.steps.Address())
}

// active starts a Vault and makes it active. The client is its administrator's;
// the key unseals it.
func (s *spares) active(ctx context.Context, alias string) (client *api.Client, key string, err error) {
	if client, err = s.start(ctx, alias); err != nil {
		return nil, "", err
	}
	initialized, err := client.Sys().InitWithContext(ctx, &api.InitRequest{SecretShares: 1, SecretThreshold: 1})
	if err != nil {
		return nil, "", err
	}
	if _, err := client.Sys().UnsealWithContext(ctx, initialized.KeysB64[0]); err != nil {
		return nil, "", err
	}
	client.SetToken(initialized.RootToken)
	return client, initialized.KeysB64[0], until(ctx, func() error { return standing(ctx, client, false) })
}

func standing(ctx context.Context, client *api.Client, standby bool) error {
	state, err := client.Sys().HealthWithContext(ctx)
	if err == nil && (state.Sealed || state.Standby != standby) {
		err = fmt.Errorf("got sealed %t, standby %t", state.Sealed, state.Standby)
	}
	return err
}

// like makes the spares those of a lab: its Vault's image, on its network.
func (s *spares) like(ctx context.Context, container string) error {
	var found struct {
		Config struct {
			Image      string
			Labels     map[string]string
			Entrypoint []string
		}
		NetworkSettings struct{ Networks map[string]struct{} }
	}
	if err := s.docker.call(ctx, http.MethodGet, "/v1.41/containers/"+container+"/json", nil, &found); err != nil {
		return err
	}
	if len(found.Config.Entrypoint) == 0 {
		return fmt.Errorf("looking at container %q: got no entrypoint, want the server's program", container)
	}
	s.image, s.labels, s.program = found.Config.Image, found.Config.Labels, found.Config.Entrypoint[0]
	for name := range found.NetworkSettings.Networks {
		s.network = name
	}
	return nil
}

// start starts a Vault of its own.
func (s *spares) start(ctx context.Context, alias string) (*api.Client, error) {
	name := alias + s.suffix
	err := s.create(ctx, name, map[string]any{
		"Image": s.image, "Labels": s.labels, "Hostname": name, "User": "0",
		"Entrypoint": []string{s.program}, "Cmd": []string{"server", "-config=/vault/config/spare.hcl"},
		"ExposedPorts": map[string]any{"8200/tcp": map[string]any{}},
		"HostConfig": map[string]any{
			"NetworkMode":  s.network,
			"PortBindings": map[string]any{"8200/tcp": []any{map[string]string{"HostIp": "127.0.0.1", "HostPort": ""}}},
		},
	})
	if err != nil {
		return nil, err
	}
	if err := s.put(ctx, name, map[string]string{"vault/config/spare.hcl": fmt.Sprintf(spareConfig, name), "vault/file/.keep": ""}); err != nil {
		return nil, err
	}
	if err := s.docker.call(ctx, http.MethodPost, "/v1.41/containers/"+name+"/start", nil, nil); err != nil {
		return nil, fmt.Errorf("starting %q of image %q: %w", s.program, s.image, err)
	}
	var running struct {
		NetworkSettings struct {
			Ports map[string][]struct{ HostPort string }
		}
	}
	if err := s.docker.call(ctx, http.MethodGet, "/v1.41/containers/"+name+"/json", nil, &running); err != nil {
		return nil, err
	}
	published := running.NetworkSettings.Ports["8200/tcp"]
	if len(published) == 0 {
		return nil, errors.New("starting " + name + ": it published no port")
	}
	client, err := api.NewClient(&api.Config{Address: "http://127.0.0.1:" + published[0].HostPort, MaxRetries: 0})
	if err != nil {
		return nil, err
	}
	client.ClearToken()
	return client, until(ctx, func() error {
		_, err := client.Sys().HealthWithContext(ctx)
		return err
	})
}

// create makes a container, which is removed in the end.
func (s *spares) create(ctx context.Context, name string, settings map[string]any) error {
	if err := s.docker.call(ctx, http.MethodPost, "/v1.41/containers/create?name="+name, settings, nil); err != nil {
		return err
	}
	s.started = append(s.started, name)
	return nil
}

// put writes files into a container that was not started yet.
func (s *spares) put(ctx context.Context, name string, files map[string]string) error {
	var packed bytes.Buffer
	archive := tar.NewWriter(&packed)
	for path, content := range files {
		if err := archive.WriteHeader(&tar.Header{Name: path, Mode: 0o644, Size: int64(len(content))}); err != nil {
			return err
		}
		if _, err := archive.Write([]byte(content)); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return s.docker.send(ctx, http.MethodPut, "/v1.41/containers/"+name+"/archive?path=/", "application/x-tar", packed.Bytes(), nil)
}

// whole removes what start started where it fails, so that the next try finds the
// names free.
func (s *spares) whole(ctx context.Context, start func() error) error {
	before := len(s.started)
	err := start()
	if err != nil {
		err = errors.Join(err, s.removeFrom(context.WithoutCancel(ctx), before))
	}
	return err
}

// remove removes the spares.
func (s *spares) remove(ctx context.Context) error { return s.removeFrom(ctx, 0) }

// removeFrom removes those that were started as the nth and later. What cannot be
// removed stays among them.
func (s *spares) removeFrom(ctx context.Context, n int) error {
	var failed error
	left := s.started[:n:n]
	for _, name := range s.started[n:] {
		if err := s.docker.call(ctx, http.MethodDelete, "/v1.41/containers/"+name+"?force=true&v=true", nil, nil); err != nil {
			failed, left = errors.Join(failed, err), append(left, name)
		}
	}
	s.started = left
	return failed
}
