package upstream

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"

	"homelab.io/vault-health-exporter/exporter/reason"
)

const (
	// maxHanging is how many runs of one command in the container may be without
	// an end. None can be ended from outside, and each check would add one.
	maxHanging = 2
	// maxExecs is how many of the container's commands are looked at for that.
	maxExecs = 16
)

// execID keeps what a server says out of the path of a request.
var execID = regexp.MustCompile(`^[0-9A-Za-z]{1,64}$`)

// ExecOutput is what one command in the container produced.
type ExecOutput struct {
	ExitCode int
	// Running says that the command had not ended when it was asked for.
	Running        bool
	Stdout, Stderr []byte
}

// containerState is the part of a container's state that is read.
type containerState struct {
	Running, Paused, Restarting bool
	Health                      *struct{ Status string }
}

// Inspect fails unless the container called name runs and is healthy. It is a
// step of its own because an exec's refusal does not tell all states apart.
func (c *Docker) Inspect(ctx context.Context, name string) error {
	return c.request(ctx, OpDockerInspect, func(ctx context.Context) error {
		if err := c.negotiate(ctx); err != nil {
			return err
		}
		var container struct {
			State   *containerState
			ExecIDs []string
		}
		if err := c.ask(ctx, Request{Method: http.MethodGet, Path: "/containers/" + url.PathEscape(name) + "/json"}, &container); err != nil {
			return err
		}
		c.execs = container.ExecIDs
		return container.State.judge(name)
	})
}

func (s *containerState) judge(name string) error {
	switch {
	case s == nil:
		return reason.Errorf(reason.MalformedResponse, "got no state for container %q", name)
	case s.Paused:
		return reason.Errorf(reason.ContainerPaused, "got container %q paused", name)
	case !s.Running || s.Restarting:
		return reason.Errorf(reason.ContainerNotRunning, "got container %q not running", name)
	case s.Health != nil && s.Health.Status == "unhealthy":
		return reason.Errorf(reason.ContainerUnhealthy, "got container %q unhealthy", name)
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

// execObject is the part of a command in the container that is read.
type execObject struct {
	Running       bool
	ExitCode      int
	ProcessConfig struct {
		Entrypoint string   `json:"entrypoint"`
		Arguments  []string `json:"arguments"`
	}
}

// Exec runs a command in its container, and hands its output to judge, whose
// error becomes that of the step. The output is overwritten afterwards.
func (c *Docker) Exec(ctx context.Context, op Operation, cmd Command, judge func(ExecOutput) error) error {
	return c.request(ctx, op, func(ctx context.Context) error {
		if err := c.notHanging(ctx, cmd); err != nil {
			return err
		}
		var created struct{ ID string }
		err := c.ask(ctx, Request{Method: http.MethodPost, Path: "/containers/" + url.PathEscape(cmd.Container) + "/exec", Body: map[string]any{
			"User": cmd.User, "Cmd": cmd.Args, "AttachStdin": cmd.Input != nil, "AttachStdout": true, "AttachStderr": true,
			"Tty": false, // it would add carriage returns and merge the streams
		}}, &created)
		if err != nil {
			return err
		}
		if !execID.MatchString(created.ID) {
			return reason.Errorf(reason.MalformedResponse, "got an identifier that is none of a command's")
		}
		out, err := c.attach(ctx, created.ID, cmd.Input)
		defer out.clear()
		if err != nil {
			return err
		}
		// The end of the stream alone does not mean success: a cut connection
		// ends it too. Only the exit code says that everything was printed.
		state, err := c.exec(ctx, created.ID)
		if err != nil {
			return err
		}
		return judge(ExecOutput{ExitCode: state.ExitCode, Running: state.Running, Stdout: out.stdout, Stderr: out.stderr})
	})
}

func (c *Docker) exec(ctx context.Context, id string) (state execObject, err error) {
	return state, c.ask(ctx, Request{Method: http.MethodGet, Path: "/exec/" + id + "/json"}, &state)
}

// notHanging refuses a command of which earlier runs have not ended: reading a
// pipe or a dead network mount, one waits for ever.
func (c *Docker) notHanging(ctx context.Context, cmd Command) error {
	hanging := 0
	for _, id := range c.execs[:min(len(c.execs), maxExecs)] {
		if !execID.MatchString(id) {
			continue
		}
		state, err := c.exec(ctx, id)
		if reason.Of(err) == reason.ContainerMissing {
			continue // it has ended meanwhile
		}
		if err != nil {
			return err
		}
		if process := state.ProcessConfig; state.Running && slices.Equal(append([]string{process.Entrypoint}, process.Arguments...), cmd.Args) {
			hanging++
		}
	}
	if hanging >= maxHanging {
		return reason.Errorf(reason.ExecHanging, "got %d earlier runs that have not ended, want less than %d", hanging, maxHanging)
	}
	return nil
}

// attach starts the exec, gives it its input and reads both of its streams.
func (c *Docker) attach(ctx context.Context, id string, input []byte) (*streams, error) {
	upgrade := http.Header{"Connection": {"Upgrade"}, "Upgrade": {"tcp"}}
	reply, err := c.send(ctx, Request{Method: http.MethodPost, Path: "/exec/" + id + "/start", Body: map[string]bool{"Detach": false, "Tty": false}}, upgrade)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	attached, upgraded := reply.Body.(io.ReadWriteCloser)
	switch {
	case reply.StatusCode == http.StatusSwitchingProtocols && upgraded:
		return stream(ctx, attached, input)
	case reply.StatusCode < 300:
		return nil, reason.Errorf(reason.NotUpgraded, "got status %d, want 101", reply.StatusCode)
	}
	return nil, dockerRefusal(reply)
}
