package homelab

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"

	"homelab.io/vault-health-exporter/chaos"
)

// execLife is how long the engine remembers an exec that nobody asks for.
const execLife = 5 * time.Minute

// execInstance is one command, from its creation to its exit.
type execInstance struct {
	id      string
	created time.Time
	command []string
	tty     bool
	stdin   bool
	stdout  bool
	stderr  bool
	user    string
	started bool
	running bool
	exit    int
}

// createExec answers POST /containers/NAME/exec.
func (e *dockerEngine) createExec(name string, body []byte) reply {
	if !e.found(name) {
		return dockerError(http.StatusNotFound, "No such container: %s", name)
	}
	if refusal, ok := e.running(); !ok {
		return refusal
	}
	var request struct {
		User                       string
		Tty                        bool
		AttachStdin                bool
		AttachStdout, AttachStderr bool
		Cmd                        []string
	}
	if err := parse(body, &request); err != nil {
		return dockerError(http.StatusBadRequest, "%s", err)
	}
	if len(request.Cmd) == 0 {
		return dockerError(http.StatusBadRequest, "No exec command specified")
	}
	now := time.Now()
	for id, old := range e.execs {
		if now.Sub(old.created) > execLife {
			delete(e.execs, id)
		}
	}
	made := &execInstance{
		id: randomHex(32), created: now, command: request.Cmd, tty: request.Tty,
		stdin: request.AttachStdin, stdout: request.AttachStdout, stderr: request.AttachStderr, user: request.User,
	}
	e.execs[made.id] = made
	return dockerJSON(http.StatusCreated, map[string]string{"Id": made.id})
}

// running refuses a command where the container cannot run one; ok is true
// where it can.
func (e *dockerEngine) running() (refusal reply, ok bool) {
	switch {
	case e.stopped():
		return dockerError(http.StatusConflict, "Container %s is not running", e.id), false
	case e.paused():
		return dockerError(http.StatusConflict, "Container %s is paused, unpause the container before exec", e.id), false
	}
	return reply{}, true
}

// startExec answers POST /exec/ID/start: it takes over the connection, which is
// the command's input, and writes what the command prints.
func (e *dockerEngine) startExec(w http.ResponseWriter, r *http.Request, id string, body []byte) {
	var request struct{ Detach bool }
	if err := parse(body, &request); err != nil {
		dockerError(http.StatusBadRequest, "%s", err).write(w)
		return
	}
	e.lab.mu.Lock()
	command, refusal, ok := e.claim(id)
	e.lab.mu.Unlock()
	switch {
	case !ok:
		refusal.write(w)
		return
	case request.Detach || e.flag(chaos.DockerNoUpgrade):
		_, _ = e.execute(command, strings.NewReader(""))
		reply{status: http.StatusOK, header: dockerHeader("application/json")}.write(w)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		dockerError(http.StatusInternalServerError, "error attaching to the command").write(w)
		return
	}
	defer conn.Close()
	// A client that left is nobody's fault.
	_, _ = conn.Write(attachHeader(r))
	input := io.Reader(strings.NewReader(""))
	if command.stdin {
		input = buffered
	}
	_, _ = conn.Write(command.frames(e.execute(command, input)))
}

// execute runs the command of an exec that was claimed, to its end.
func (e *dockerEngine) execute(command *execInstance, input io.Reader) (stdout, stderr []byte) {
	run := e.lab.opt.Run
	if run == nil {
		run = func(command []string, _ io.Reader) ([]byte, []byte, int) {
			e.lab.mu.Lock()
			defer e.lab.mu.Unlock()
			return e.run(command)
		}
	}
	stdout, stderr, exit := run(command.command, input)
	e.lab.mu.Lock()
	defer e.lab.mu.Unlock()
	command.exit, command.running = exit, false
	return stdout, stderr
}

// claim finds an exec that may start now, and marks it started.
func (e *dockerEngine) claim(id string) (*execInstance, reply, bool) {
	found := e.execs[id]
	if found == nil || e.lab.active[containerMissing] {
		return nil, dockerError(http.StatusNotFound, "No such exec instance: %s", id), false
	}
	if refusal, ok := e.running(); !ok {
		return nil, refusal, false
	}
	if found.started {
		return nil, dockerError(http.StatusConflict, "Error: Exec command %s has already run", id), false
	}
	found.started, found.running = true, true
	return found, reply{}, true
}

// attachHeader is the answer that the daemon writes by hand once the
// connection is its own.
func attachHeader(r *http.Request) []byte {
	var out bytes.Buffer
	if r.Header.Get("Upgrade") != "" {
		out.WriteString("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n")
	} else {
		out.WriteString("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n")
	}
	header := dockerHeader("")
	header.Del("Content-Type")
	_ = header.Write(&out) // a buffer takes everything
	out.WriteString("\r\n")
	return out.Bytes()
}

// frames is the command's output on the wire: one framed stream for each
// attached output, or, with a terminal, both as they are.
func (c *execInstance) frames(stdout, stderr []byte) []byte {
	var out bytes.Buffer
	for _, stream := range []struct {
		attached bool
		kind     stdcopy.StdType
		content  []byte
	}{{c.stdout, stdcopy.Stdout, stdout}, {c.stderr, stdcopy.Stderr, stderr}} {
		if !stream.attached || len(stream.content) == 0 {
			continue
		}
		if c.tty {
			out.Write(bytes.ReplaceAll(stream.content, []byte("\n"), []byte("\r\n")))
			continue
		}
		size := len(stream.content)
		out.Write([]byte{byte(stream.kind), 0, 0, 0, byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size)}) // #nosec G115 -- the bytes of a length
		out.Write(stream.content)
	}
	return out.Bytes()
}

// run does what the command would: cat of files, of which there is one.
func (e *dockerEngine) run(command []string) (stdout, stderr []byte, exit int) {
	if command[0] != "cat" || e.lab.active[chaos.ExecFailed] {
		said := fmt.Sprintf("OCI runtime exec failed: exec failed: unable to start container process: exec: %q: executable file not found in $PATH: unknown\r\n", command[0])
		return []byte(said), nil, 127
	}
	for _, path := range command[1:] {
		if path == "--" {
			continue
		}
		content, why := e.read(path)
		if why != "" {
			stderr = fmt.Appendf(stderr, "cat: can't open '%s': %s\n", path, why)
			exit = 1
			continue
		}
		stdout = append(stdout, content...)
	}
	return stdout, stderr, exit
}

// read returns the content of a file in the container, or why it cannot be read.
func (e *dockerEngine) read(path string) (content, why string) {
	active := e.lab.active
	switch {
	case path != tokenFile, active[fileMissing]:
		return "", "No such file or directory"
	case active[filePermission]:
		return "", "Permission denied"
	case active[chaos.FileOversize]:
		return oversize, ""
	case active[fileEmpty]:
		return "", ""
	case active[fileMalformed]:
		return "Root token: ask the administrator\n", ""
	case active[fileTwoLines]:
		return e.lab.current + "\n" + e.lab.previous + "\n", ""
	}
	return e.file + "\n", ""
}

// inspectExec answers GET /exec/ID/json.
func (e *dockerEngine) inspectExec(id string) reply {
	found := e.execs[id]
	if found == nil || e.lab.active[containerMissing] {
		return dockerError(http.StatusNotFound, "No such exec instance: %s", id)
	}
	var exit any
	if found.started && !found.running {
		exit = found.exit
	}
	return dockerJSON(http.StatusOK, map[string]any{
		"ID":       found.id,
		"Running":  found.running,
		"ExitCode": exit,
		"ProcessConfig": map[string]any{
			"tty": found.tty, "entrypoint": found.command[0], "arguments": found.command[1:], "privileged": false, "user": found.user,
		},
		"OpenStdin": found.stdin, "OpenStderr": found.stderr, "OpenStdout": found.stdout,
		"CanRemove": false, "ContainerID": e.id, "DetachKeys": "", "Pid": 0,
	})
}
