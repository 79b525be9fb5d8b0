package lab

import (
	"context"
	"fmt"

	"github.com/testcontainers/testcontainers-go"
)

// tokenFile is where the token file is in the NAS container.
const tokenFile = "/share/VMs/kubernetes/vault/root-token.txt"

// startNASContainer starts the container that holds the token file.
func (l *Lab) startNASContainer(ctx context.Context) error {
	moved, err := l.token()
	if err != nil {
		return err
	}
	_, err = l.run(ctx, part{
		alias:   l.own(aliasNASContainer),
		image:   l.images["nas"],
		command: []string{"tail", "-f", "/dev/null"},
		files:   []file{l.tokenFile([]byte(moved.Value + "\n"))},
	})
	return err
}

// tokenFile belongs to a user that is not root, so that taking the mode away
// keeps that user out.
func (l *Lab) tokenFile(content []byte) file {
	return file{path: tokenFile, data: content, owner: nobody}
}

// WriteTokenFile replaces the content of the token file.
func (l *Lab) WriteTokenFile(ctx context.Context, content []byte) error {
	return l.engine.put(ctx, l.NASContainer(), l.tokenFile(content))
}

// RestoreTokenFile writes the present token into the token file.
func (l *Lab) RestoreTokenFile(ctx context.Context) error {
	moved, err := l.token()
	if err != nil {
		return err
	}
	return l.WriteTokenFile(ctx, []byte(moved.Value+"\n"))
}

// NASContainer is the name of the container that holds the token file.
func (l *Lab) NASContainer() string { return l.machine(MachineNASContainer) }

// front is the name of the container that serves the Docker API.
func (l *Lab) front() string { return l.containerName(l.own(aliasDockerFront)) }

// startDockerFront starts the Docker API behind mutual TLS.
func (l *Lab) startDockerFront(ctx context.Context) error {
	certificates := l.secrets.certificates
	_, err := l.run(ctx, part{
		alias:   l.own(aliasDockerFront),
		image:   l.images[imageOwn],
		command: []string{"/bin/program", "docker-front", l.NASContainer()},
		// The engine's socket is root's.
		user:  "0",
		binds: []string{testcontainers.MustExtractDockerSocket(ctx) + ":/var/run/docker.sock"},
		files: []file{
			{path: "/tls/ca.pem", data: certificates.Authority.PEM},
			{path: "/tls/cert.pem", data: certificates.Front.Certificate},
			{path: "/tls/key.pem", data: certificates.Front.Key},
		},
	})
	if err != nil {
		return fmt.Errorf("starting the Docker front: %w", err)
	}
	return nil
}
