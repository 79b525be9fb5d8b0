package upstream

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	docker "github.com/moby/moby/client"

	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
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

// Exec runs a command in the container called name as user, and hands its
// output to judge, whose error becomes that of the step.
func (c *Docker) Exec(ctx context.Context, name, user string, command []string, judge func(ExecOutput) error) error {
	return c.request(ctx, OpDockerExec, func(ctx context.Context) error {
		created, err := c.api.ExecCreate(ctx, name, docker.ExecCreateOptions{
			User:         user,
			Cmd:          command,
			AttachStdout: true,
			AttachStderr: true,
			TTY:          false, // a TTY would add carriage returns and merge the streams
		})
		if err != nil {
			return err
		}
		out, err := c.attach(ctx, created.ID)
		if err != nil {
			return err
		}
		// The end of the stream alone does not mean success: a cut connection
		// ends it too. Only the exit code says that everything was printed.
		state, err := c.api.ExecInspect(ctx, created.ID, docker.ExecInspectOptions{})
		if err != nil {
			return err
		}
		return judge(ExecOutput{ExitCode: state.ExitCode, Running: state.Running, Stdout: out.stdout.Bytes(), Stderr: out.stderr.Bytes()})
	})
}

// attach starts the exec and reads both of its streams, capped and bounded by
// the context, which a hijacked connection would otherwise ignore.
func (c *Docker) attach(ctx context.Context, id string) (*streams, error) {
	attached, err := c.api.ExecAttach(ctx, id, docker.ExecAttachOptions{})
	if err != nil {
		return nil, err
	}
	defer attached.Close()
	stop := context.AfterFunc(ctx, attached.Close)
	defer stop()
	out := &streams{}
	_, err = stdcopy.StdCopy(&out.stdout, &out.stderr, attached.Reader)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, reason.Errorf(reason.Truncated, "got a stream that ends inside a frame")
	case err != nil && reason.Of(err) == reason.Internal:
		return nil, reason.Errorf(reason.MalformedResponse, "got a stream that is not framed as the Docker API's")
	}
	return out, err
}

// streams holds the output of one exec.
type streams struct{ stdout, stderr cappedBuffer }

// cappedBuffer keeps one byte more than a token may have, so that its parser
// can tell an oversized file, and refuses the rest.
type cappedBuffer struct{ bytes.Buffer }

// Write implements io.Writer.
func (b *cappedBuffer) Write(p []byte) (int, error) {
	keep := min(len(p), token.MaxBytes+1-b.Len())
	b.Buffer.Write(p[:keep])
	if keep < len(p) {
		return keep, reason.Errorf(reason.Oversize, "reading the command's output: got more than %d bytes", token.MaxBytes)
	}
	return keep, nil
}
