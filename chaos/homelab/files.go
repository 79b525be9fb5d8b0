package homelab

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"homelab.io/vault-health-exporter/chaos"
)

// The names of the flow.
const (
	flowName      = "qnap"
	exporterName  = "vault-health-exporter"
	containerName = "qnap-k3s"
	tokenFile     = "/share/VMs/kubernetes/vault/root-token.txt"
	namespace     = "nas-integration"
	secretName    = "nas-vault-token"
	cronJobName   = "nas-token-broker"
	storeName     = "nas-vault-store"
	tokenKey      = "token"
	envKey        = "QNAP_VAULT_TOKEN"
	nasPath       = "tokens/root"
	mainPath      = "nas/vault-token"
)

// The files in the homelab's folder.
const (
	caFile         = "ca.pem"
	clientCertFile = "docker-client.pem"
	clientKeyFile  = "docker-client-key.pem"
	nasTokenFile   = "nas-token"
	jwtFile        = "jwt"
	kubeconfigFile = "kubeconfig"
	canaryFile     = "transit-canary"
)

// credentials are the exporter's own.
type credentials struct {
	nasToken string // for the NAS Vault
	jwt      string // for logging in at the main Vault
	bearer   string // for the Kubernetes API
}

func (h *Homelab) path(name string) string { return filepath.Join(h.dir, name) }

func (h *Homelab) writeFiles() error {
	for name, content := range h.contents() {
		if err := writePrivate(h.path(name), content); err != nil {
			return fmt.Errorf("writing %q: %w", h.path(name), err)
		}
	}
	return nil
}

// contents are what is in the exporter's files, by name.
func (h *Homelab) contents() map[string][]byte {
	return map[string][]byte{
		caFile:         h.pki.caPEM,
		clientCertFile: h.pki.clientPEM,
		clientKeyFile:  h.pki.keyPEM,
		nasTokenFile:   []byte(h.auth.nasToken + "\n"),
		jwtFile:        []byte(h.auth.jwt),
		kubeconfigFile: h.kubeconfig(),
		canaryFile:     []byte(h.canary + "\n"),
	}
}

// losable are the files that faults take from the exporter.
var losable = map[string]string{
	chaos.NASTokenFile: nasTokenFile, chaos.JWTFile: jwtFile, chaos.KubeconfigFile: kubeconfigFile, chaos.CAFile: caFile,
}

// lose takes the file of a fault away, or gives it back.
func (h *Homelab) lose(fault string) error {
	name, ok := losable[fault]
	switch {
	case !ok:
		return nil
	case h.active[fault]:
		return os.Remove(h.path(name))
	}
	return writePrivate(h.path(name), h.contents()[name])
}

// writePrivate replaces the file, because writing into one that exists would
// keep its permissions. The file's time is the homelab's, which is virtual in a
// simulation: what an exporter keeps of a file goes by it, and it keeps nothing of
// one from years ahead.
func writePrivate(path string, content []byte) error {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	now := time.Now()
	return os.Chtimes(path, now, now)
}

func (h *Homelab) kubeconfig() []byte {
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
current-context: homelab
clusters:
  - name: homelab
    cluster:
      server: %s
      certificate-authority: %q
users:
  - name: exporter
    user:
      token: %q
contexts:
  - name: homelab
    context:
      cluster: homelab
      user: exporter
      namespace: %s
`, h.kubeServer.url(), h.path(caFile), h.auth.bearer, namespace)
}

// Config returns the exporter's YAML for this homelab: one flow with every hop.
func (h *Homelab) Config() []byte {
	maxAge := max(3*h.opt.CopyInterval, 10*time.Second) // API times have whole seconds, so a short age would flap
	mutual := fmt.Sprintf("\n        tls: {ca_file: %q, cert_file: %q, key_file: %q}", h.path(caFile), h.path(clientCertFile), h.path(clientKeyFile))
	if h.opt.Plain {
		mutual = ""
	}
	return fmt.Appendf(nil, `flows:
  - name: %s
    interval: %s
    timeout: %s
    nas:
      docker:
        host: tcp://%s%s
        container: %s
        token_file: %s
      vault:
        address: %s
        tls: {ca_file: %q}
        auth: {token_file: %q}
        kv: {mount: secret, path: %s, field: %s}
      pki: {mount: pki, role: %s, common_name: %s}
      transit: {mount: transit, key: %s, canary_file: %q}
    main:
      vault:
        address: %s
        tls: {ca_file: %q}
        auth:
          kubernetes: {mount: kubernetes, role: %s, jwt_file: %q}
        kv: {mount: secret, path: %s, field: %s}
      kubernetes:
        kubeconfig: %q
        namespace: %s
        broker: {cronjob: %s, max_age: %s}
        external_secret: {name: %s, max_age: %s}
        secret: {name: %s, keys: [%s, %s]}
`,
		flowName, h.opt.Interval, h.opt.Timeout,
		h.dockerServer.address, mutual, containerName, tokenFile,
		h.nasServer.url(), h.path(caFile), h.path(nasTokenFile), nasPath, tokenKey,
		pkiRole, pkiName, unsealKeyName, h.path(canaryFile),
		h.mainServer.url(), h.path(caFile), exporterName, h.path(jwtFile), mainPath, tokenKey,
		h.path(kubeconfigFile), namespace, cronJobName, maxAge, secretName, maxAge, secretName, tokenKey, envKey)
}
