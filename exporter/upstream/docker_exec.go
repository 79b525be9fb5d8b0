package upstream

import (
	"context"

	"github.com/moby/moby/api/types/container"
	docker "github.com/moby/moby/client"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// ExecOutput is what one command in the container produced.
type ExecOutput struct {
	ExitCode int
	// Running says that the command had not ended when it was asked for.
	Running        bool
	Stdout, Stderr []byte
}

// Inspect fails unless the container called name runs. It is a step of its own
// because an exec's refusal does not tell a paused container from a stopped one.
func (c *Docker) Inspect(ctx context.Context, name string) error {
	return c.request(ctx, OpDockerInspect, func(ctx context.Context) error {
		// The library negotiates on its own too, but then drops the error.
		if _, err := c.api.Ping(ctx, docker.PingOptions{NegotiateAPIVersion: true}); err != nil {
			return err
		}
		reply, err := c.api.ContainerInspect(ctx, name, docker.ContainerInspectOptions{})
		if err != nil {
			return err
		}
		return containerState(name, reply.Container.State)
	})
}

func containerState(name string, state *container.State) error {
	switch {
	case state == nil:
		return reason.Errorf(reason.MalformedResponse, "got no state for container %q", name)
	case state.Paused:
		return reason.Errorf(reason.ContainerPaused, "got container %q paused", name)
	case !state.Running || state.Restarting:
		return reason.Errorf(reason.ContainerNotRunning, "got container %q not running", name)
	}
	return nil
}

// Command is what Exec runs.
type Command struct {
	Container, User string
	Args            []string
	// Input is what the command reads; nil for none.
	Input []byte
}

// Exec runs a command in its container, and hands its output to judge, whose
// error becomes that of the step.
func (c *Docker) Exec(ctx context.Context, op Operation, cmd Command, judge func(ExecOutput) error) error {
	return c.request(ctx, op, func(ctx context.Context) error {
		created, err := c.api.ExecCreate(ctx, cmd.Container, docker.ExecCreateOptions{
			User:         cmd.User,
			Cmd:          cmd.Args,
			AttachStdin:  cmd.Input != nil,
			AttachStdout: true,
			AttachStderr: true,
			TTY:          false, // a TTY would add carriage returns and merge the streams
		})
		if err != nil {
			return err
		}
		out, err := c.attach(ctx, created.ID, cmd.Input)
		if err != nil {
			return err
		}
		// The end of the stream alone does not mean success: a cut connection
		// ends it too. Only the exit code says that everything was printed.
		state, err := c.api.ExecInspect(ctx, created.ID, docker.ExecInspectOptions{})
		if err != nil {
			return err
		}
		return judge(ExecOutput{ExitCode: state.ExitCode, Running: state.Running, Stdout: out.stdout, Stderr: out.stderr})
	})
}

// attach starts the exec, gives it its input and reads both of its streams.
func (c *Docker) attach(ctx context.Context, id string, input []byte) (*streams, error) {
	attached, err := c.api.ExecAttach(ctx, id, docker.ExecAttachOptions{})
	if err != nil {
		return nil, err
	}
	return stream(ctx, attached.HijackedResponse, input)
}
