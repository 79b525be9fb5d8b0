package homelab

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/moby/api/pkg/stdcopy"
	docker "github.com/moby/moby/client"
)

// dockerClient is Docker's own client for the engine.
func dockerClient(t *testing.T, lab *Homelab) *docker.Client {
	t.Helper()
	client, err := docker.New(
		docker.WithHost("tcp://"+lab.dockerServer.address),
		docker.WithTLSClientConfig(lab.path(caFile), lab.path(clientCertFile), lab.path(clientKeyFile)),
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// result is what one command printed.
type result struct {
	Stdout, Stderr string
	Exit           int
}

func execute(t *testing.T, client *docker.Client, tty bool, command ...string) (result, error) {
	t.Helper()
	created, err := client.ExecCreate(t.Context(), containerName, docker.ExecCreateOptions{
		Cmd: command, TTY: tty, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		return result{}, err
	}
	attached, err := client.ExecAttach(t.Context(), created.ID, docker.ExecAttachOptions{TTY: tty})
	if err != nil {
		return result{}, err
	}
	defer attached.Close()
	var stdout, stderr bytes.Buffer
	if tty {
		_, err = io.Copy(&stdout, attached.Reader)
	} else {
		_, err = stdcopy.StdCopy(&stdout, &stderr, attached.Reader)
	}
	if err != nil {
		return result{}, err
	}
	state, err := client.ExecInspect(t.Context(), created.ID, docker.ExecInspectOptions{})
	if err != nil {
		return result{}, err
	}
	if state.Running || state.ID != created.ID {
		return result{}, fmt.Errorf("got exec %+v, want %q ended", state, created.ID)
	}
	return result{redact(stdout.String()), stderr.String(), state.ExitCode}, nil
}

func TestExec(t *testing.T) {
	lab := startLab(t)
	client := dockerClient(t, lab)
	tests := []struct {
		fault   string
		tty     bool
		command []string
		want    result
		refusal string
	}{
		{want: result{Stdout: "TOKEN\n"}},
		{tty: true, want: result{Stdout: "TOKEN\r\n"}},
		{command: []string{"cat", "/no"}, want: result{Stderr: "cat: can't open '/no': No such file or directory\n", Exit: 1}},
		{command: []string{"dog"}, want: result{Stdout: "OCI runtime exec failed: exec failed: unable to start container process: exec: \"dog\": executable file not found in $PATH: unknown\r\n", Exit: 127}},
		{fault: fileMissing, want: result{Stderr: "cat: can't open '" + tokenFile + "': No such file or directory\n", Exit: 1}},
		{fault: filePermission, want: result{Stderr: "cat: can't open '" + tokenFile + "': Permission denied\n", Exit: 1}},
		{fault: fileEmpty, want: result{}},
		{fault: fileMalformed, want: result{Stdout: "Root token: ask the administrator\n"}},
		{fault: fileTwoLines, want: result{Stdout: "TOKEN\nTOKEN\n"}},
		{fault: containerStopped, refusal: "Container " + lab.docker.id + " is not running"},
		{fault: containerPaused, refusal: "Container " + lab.docker.id + " is paused, unpause the container before exec"},
		{fault: containerMissing, refusal: "No such container: " + containerName},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.fault, test.tty, test.command), func(t *testing.T) {
			if test.fault != "" {
				defer undo(t, lab, test.fault)()
			}
			if test.command == nil {
				test.command = []string{"cat", tokenFile}
			}
			got, err := execute(t, client, test.tty, test.command...)
			if test.refusal != "" {
				if err == nil || !strings.Contains(err.Error(), test.refusal) {
					t.Errorf("got %v, want %q", err, test.refusal)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInspect(t *testing.T) {
	lab := startLab(t)
	client := dockerClient(t, lab)
	type state struct {
		Status          string
		Running, Paused bool
	}
	for fault, want := range map[string]state{
		"":               {"running", true, false},
		containerPaused:  {"paused", true, true},
		containerStopped: {"exited", false, false},
	} {
		t.Run(fault, func(t *testing.T) {
			if fault != "" {
				defer undo(t, lab, fault)()
			}
			for _, name := range []string{containerName, lab.docker.id, lab.docker.id[:12]} {
				reply, err := client.ContainerInspect(t.Context(), name, docker.ContainerInspectOptions{})
				if err != nil {
					t.Fatal(err)
				}
				got := reply.Container.State
				if diff := cmp.Diff(want, state{string(got.Status), got.Running, got.Paused}); diff != "" {
					t.Errorf("state (-want +got):\n%s", diff)
				}
				if reply.Container.Name != "/"+containerName || client.ClientVersion() != dockerAPI {
					t.Errorf("got name %q and API version %q", reply.Container.Name, client.ClientVersion())
				}
			}
		})
	}
}

// TestDockerAnswers compares with recordings of Docker 20.10.24, API 1.41.
func TestDockerAnswers(t *testing.T) {
	lab := startLab(t)
	pair, err := tls.LoadX509KeyPair(lab.path(clientCertFile), lab.path(clientKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool(lab), Certificates: []tls.Certificate{pair}}}
	defer transport.CloseIdleConnections()
	for _, test := range []struct {
		method, path string
		code         int
		want         string
	}{
		{"GET", "/_ping", 200, "OK"},
		{"HEAD", "/_ping", 200, ""},
		{"GET", "/v1.41/containers/nope/json", 404, `{"message":"No such container: nope"}` + "\n"},
		{"GET", "/containers/nope/json", 404, `{"message":"No such container: nope"}` + "\n"},
		{"POST", "/v1.41/containers/nope/exec", 404, `{"message":"No such container: nope"}` + "\n"},
		{"GET", "/v1.41/exec/abc/json", 404, `{"message":"No such exec instance: abc"}` + "\n"},
		{"POST", "/v1.41/exec/abc/start", 404, `{"message":"No such exec instance: abc"}` + "\n"},
		{"GET", "/v1.41/nopath", 404, `{"message":"page not found"}` + "\n"},
		{"GET", "/v1.99/_ping", 400, `{"message":"client version 1.99 is too new. Maximum supported API version is 1.41"}` + "\n"},
	} {
		request, err := http.NewRequestWithContext(t.Context(), test.method, "https://"+lab.dockerServer.address+test.path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := transport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || string(body) != test.want || answer.StatusCode != test.code {
			t.Errorf("%s %s: got status %d and %q (%v), want %d and %q", test.method, test.path, answer.StatusCode, body, err, test.code, test.want)
		}
		if version := answer.Header.Get("Api-Version"); version != dockerAPI && test.path != "/v1.41/nopath" {
			t.Errorf("%s %s: got API version %q, want %q", test.method, test.path, version, dockerAPI)
		}
	}
}

func pool(lab *Homelab) *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(lab.pki.ca)
	return roots
}

func TestMutualTLS(t *testing.T) {
	lab := startLab(t)
	stranger, err := newPKI()
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := tls.X509KeyPair(stranger.clientPEM, stranger.keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	for name, certificates := range map[string][]tls.Certificate{"none": nil, "of another CA": {wrong}} {
		t.Run(name, func(t *testing.T) {
			conn, err := tls.Dial("tcp", lab.dockerServer.address, &tls.Config{
				RootCAs: pool(lab),
				// Sends the certificate whatever CA the server asks for.
				GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
					if certificates == nil {
						return &tls.Certificate{}, nil
					}
					return &certificates[0], nil
				},
			})
			if err == nil {
				_, err = conn.Read(make([]byte, 1)) // TLS 1.3 refuses after the handshake
				_ = conn.Close()
			}
			if err == nil || !strings.Contains(err.Error(), "certificate") {
				t.Errorf("got %v, want a refusal of the certificate", err)
			}
		})
	}
	for fault, want := range map[string]string{dockerCertExpired: "certificate has expired", dockerClientCert: "tls: handshake failure"} {
		t.Run(fault, func(t *testing.T) {
			client := dockerClient(t, lab)
			if _, err := client.Ping(t.Context(), docker.PingOptions{}); err != nil {
				t.Fatal(err)
			}
			heal := undo(t, lab, fault)
			_, err := client.Ping(t.Context(), docker.PingOptions{})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
			heal()
			if _, err := client.Ping(t.Context(), docker.PingOptions{}); err != nil {
				t.Errorf("after healing: %v", err)
			}
		})
	}
}
