package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/moby/client"
)

// The Vaults' names in the shipped setup.
const (
	SideNAS  = "nas"
	SideMain = "main"
)

// setupFolder is where the shipped script is in the K3s container, which has the
// shell and the kubectl that it needs.
const setupFolder = "/setup"

// setUpVaults runs the shipped script on both Vaults.
func (l *Lab) setUpVaults(ctx context.Context) error {
	err := l.putSetup(ctx)
	if err != nil {
		return err
	}
	for _, side := range []string{SideNAS, SideMain} {
		err = l.SetUpVault(ctx, side)
		if err != nil {
			return err
		}
	}
	return l.main.untilKV(ctx)
}

// putSetup copies the script, its policies, and the program vault out of Vault's
// own image.
func (l *Lab) putSetup(ctx context.Context) error {
	shipped := filepath.Join(l.shipped, "vault")
	paths, err := filepath.Glob(filepath.Join(shipped, "policies", "*", "*.hcl"))
	if err != nil {
		return err
	}
	files := []file{{path: setupFolder + "/ca.pem", data: l.secrets.certificates.Authority.PEM}}
	for _, path := range append(paths, filepath.Join(shipped, "setup.sh")) {
		name, err := filepath.Rel(shipped, path)
		if err != nil {
			return err
		}
		files = append(files, file{path: setupFolder + "/" + filepath.ToSlash(name), source: path})
	}
	err = l.engine.put(ctx, l.k3s, files...)
	if err != nil {
		return err
	}
	return l.engine.copy(ctx, l.nas.container, "/bin/vault", l.k3s, setupFolder)
}

// copy copies a file from one container into a folder of another.
func (e *engine) copy(ctx context.Context, from, path, to, folder string) error {
	source, err := e.docker.CopyFromContainer(ctx, from, client.CopyFromContainerOptions{SourcePath: path})
	if err != nil {
		return fmt.Errorf("copying %q out of its container: %w", path, err)
	}
	defer source.Content.Close()
	_, err = e.docker.CopyToContainer(ctx, to, client.CopyToContainerOptions{DestinationPath: folder, Content: source.Content})
	if err != nil {
		return fmt.Errorf("copying %q into folder %q: %w", path, folder, err)
	}
	return nil
}

// SetUpVault runs the shipped script on one of the Vaults, as an administrator
// does after the first apply and after every change of a policy.
func (l *Lab) SetUpVault(ctx context.Context, side string) error {
	if !l.Shipped() {
		return l.setUpLane(ctx, side)
	}
	v, alias := l.nas, aliasNASVault
	if side == SideMain {
		v, alias = l.main, aliasMainVault
	}
	ended, err := l.engine.exec(ctx, l.k3s, v.client.Token()+"\n",
		"env", "VAULT_ADDR=https://"+alias+":8200", "VAULT_CACERT="+setupFolder+"/ca.pem",
		"sh", "-c", `PATH=$PATH:$0; read -r VAULT_TOKEN; export VAULT_TOKEN; exec sh "$0/setup.sh" "$@"`, setupFolder, side, kubernetesServer)
	if err == nil && ended.code != 0 {
		err = fmt.Errorf("got exit code %d: %s", ended.code, strings.TrimSpace(ended.stderr))
	}
	if err != nil {
		return fmt.Errorf("setting up the Vault %q: %w", side, err)
	}
	return nil
}

// shippedPolicy reads a policy of one of the Vaults.
func (l *Lab) shippedPolicy(side, name string) (string, error) {
	rules, err := os.ReadFile(filepath.Join(l.shipped, "vault", "policies", side, name+".hcl"))
	return string(rules), err
}
