package contracts

import "homelab.io/vault-health-exporter/exporter/reason"

// versioned matches a path of the Docker API whatever version was negotiated.
func versioned(path string) any { return pattern("/v1.41"+path, `/v1\.\d+`+path) }

// inspected is a container, as far as it is read.
func inspected(running, paused bool) any {
	return map[string]any{"State": map[string]any{"Running": running, "Paused": paused, "Restarting": false}}
}

func dockerGet(path, description string, state State, status int, body any) Interaction {
	return Interaction{
		Description: description,
		State:       state,
		Request:     Request{Method: "GET", Path: versioned(path)},
		Response:    Response{Status: status, Header: jsonHeader, Body: body},
	}
}

func createExec(description string, state State, status int, body any) Interaction {
	return Interaction{
		Description: description,
		State:       state,
		Request: Request{
			Method: "POST", Path: versioned("/containers/qnap-k3s/exec"), Header: jsonHeader,
			Body: map[string]any{
				"Cmd":          []any{"cat", "/share/VMs/kubernetes/vault/root-token.txt"},
				"AttachStdout": true, "AttachStderr": true, "AttachStdin": false, "Tty": false, "User": "",
			},
		},
		Response: Response{Status: status, Header: jsonHeader, Body: body},
	}
}

// exporterDocker is every answer of the Docker API but for the attached
// stream, which is no longer HTTP once it flows: the contract for that is the
// message in exec.go. The consumer test gives the client that message's
// example in the place of the stream.
func exporterDocker() []Exchange {
	const container, exec = "/containers/qnap-k3s/json", "/exec/" + exampleID + "/json"
	message := func(form string) any { return map[string]any{"message": pattern(form, `.+`)} }
	ping := Interaction{
		Description: "ping",
		State:       ContainerRuns,
		Request:     Request{Method: "GET", Path: "/_ping"},
		Response:    Response{Status: 200, Header: map[string]any{"Api-Version": pattern("1.41", `1\.\d+`)}},
	}
	runs := dockerGet(container, "container, running", ContainerRuns, 200, inspected(true, false))
	created := createExec("exec create", ContainerRuns, 201, map[string]any{"Id": pattern(exampleID, `[0-9a-f]{64}`)})
	ended := func(code int) any { return map[string]any{"Running": false, "ExitCode": code} }
	call := func(why reason.Reason, interactions ...Interaction) Exchange {
		return read(CallExec, why, append([]Interaction{ping}, interactions...)...)
	}
	return []Exchange{
		call("", runs, created, dockerGet(exec, "exec, succeeded", ExecSucceeded, 200, ended(0))),
		call(reason.FileMissing, runs, created, dockerGet(exec, "exec, failed", ExecFailed, 200, ended(1))),
		call(reason.ContainerNotRunning, dockerGet(container, "container, exited", ContainerStopped, 200, inspected(false, false))),
		call(reason.ContainerPaused, dockerGet(container, "container, paused", ContainerPaused, 200, inspected(true, true))),
		call(reason.ContainerMissing, dockerGet(container, "container, missing", ContainerMissing, 404, message("No such container: qnap-k3s"))),
		call(reason.ContainerNotRunning, runs, createExec("exec create, exited in between", ContainerStopped, 409, message("Container is not running"))),
		call(reason.ContainerPaused, runs, createExec("exec create, paused in between", ContainerPaused, 409, message("Container is paused"))),
		call(reason.ContainerMissing, runs, createExec("exec create, removed in between", ContainerMissing, 404, message("No such container: qnap-k3s"))),
	}
}
