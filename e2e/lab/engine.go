package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/moby/moby/api/pkg/stdcopy"
	moby "github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// engine is the container engine, for what testcontainers does not offer.
type engine struct {
	docker *testcontainers.DockerClient
}

func newEngine(ctx context.Context) (*engine, error) {
	docker, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting to the container engine: %w", err)
	}
	return &engine{docker: docker}, nil
}

func (e *engine) createNetwork(ctx context.Context, name, id, state string, addresses *moby.IPAM) error {
	_, err := e.docker.NetworkCreate(ctx, name, client.NetworkCreateOptions{
		Driver: "bridge",
		IPAM:   addresses,
		Labels: map[string]string{labelLab: id, labelState: state},
	})
	if err != nil {
		return fmt.Errorf("creating network %q: %w", name, err)
	}
	return nil
}

// executed is what a command in a container did.
type executed struct {
	code   int
	stdout string
	stderr string
}

// exec runs a command in a container. Secrets go through input, never through
// the command, which every user of the host can read.
func (e *engine) exec(ctx context.Context, container, input string, command ...string) (executed, error) {
	created, err := e.docker.ExecCreate(ctx, container, client.ExecCreateOptions{
		Cmd: command, AttachStdin: true, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		return executed{}, fmt.Errorf("preparing to run %q: %w", command[0], err)
	}
	attached, err := e.docker.ExecAttach(ctx, created.ID, client.ExecAttachOptions{})
	if err != nil {
		return executed{}, fmt.Errorf("running %q: %w", command[0], err)
	}
	defer attached.Close()
	// A taken-over connection knows no context.
	stop := context.AfterFunc(ctx, func() { attached.Close() })
	defer stop()
	var stdout, stderr bytes.Buffer
	_, inputErr := io.Copy(attached.Conn, strings.NewReader(input))
	closeErr := attached.CloseWrite()
	_, err = stdcopy.StdCopy(&stdout, &stderr, attached.Reader)
	err = errors.Join(ctx.Err(), inputErr, closeErr, err)
	if err != nil {
		return executed{}, fmt.Errorf("running %q: %w", command[0], err)
	}
	inspected, err := e.docker.ExecInspect(ctx, created.ID, client.ExecInspectOptions{})
	if err != nil {
		return executed{}, fmt.Errorf("asking how %q ended: %w", command[0], err)
	}
	return executed{code: inspected.ExitCode, stdout: stdout.String(), stderr: stderr.String()}, nil
}
