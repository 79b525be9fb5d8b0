// Package config is the exporter's configuration: one strict YAML file with
// any number of flows, or a folder of them, and ConfigMaps with a flow each. Secrets are named by file, never
// written into it.
package config

import "time"

// Config is the whole file.
type Config struct {
	Flows     []Flow     `yaml:"flows"`
	Discovery *Discovery `yaml:"discovery,omitempty"`
}

// The formats. Of an opaque value nothing is known but its bytes: it is compared,
// and nobody is asked about it.
const (
	FormatVaultToken = "vault-token"
	FormatOpaque     = "opaque"
)

// Flow is one NAS → applications token path. A hop exists exactly when its
// section does; the hop "token" exists when nas.vault and
// main.kubernetes.secret do, and the flow carries Vault tokens.
type Flow struct {
	// Name is the label "flow" on every series: lower-case letters, digits, "-" and "_".
	Name string `yaml:"name"`
	// Interval is the time between two slots; every hop is checked once in each.
	Interval time.Duration `yaml:"interval"`
	// Timeout bounds one hop check; it is less than Interval.
	Timeout time.Duration `yaml:"timeout"`
	// Connections is Fresh or Reuse: whether the checks of a Vault or of Kubernetes
	// leave their connections, and their login, to the next ones.
	Connections string `yaml:"connections"`
	// ColdEvery is, with Reuse, which checks of a hop use none of that: every Nth.
	ColdEvery int `yaml:"cold_every,omitempty"`
	// Format is what the flow carries: FormatVaultToken or FormatOpaque.
	Format string `yaml:"format"`
	NAS    NAS    `yaml:"nas"`
	Main   Main   `yaml:"main"`
	// FeaturesDir is the folder where the ConfigMap automation-config is
	// mounted, one file a flag; empty is no flags.
	FeaturesDir string    `yaml:"features_dir,omitempty"`
	Fallback    *Fallback `yaml:"fallback,omitempty"`
}

// The values of Flow.Connections.
const (
	Fresh = "fresh"
	Reuse = "reuse"
)

// NAS is the side that makes the token.
type NAS struct {
	Docker *Docker `yaml:"docker,omitempty"`
	Vault  *Vault  `yaml:"vault,omitempty"`
	// PKI and Transit are engines of the NAS Vault, used with its auth.
	PKI     *PKI     `yaml:"pki,omitempty"`
	Transit *Transit `yaml:"transit,omitempty"`
}

// Main is the cluster that uses the token.
type Main struct {
	Vault      *Vault      `yaml:"vault,omitempty"`
	Kubernetes *Kubernetes `yaml:"kubernetes,omitempty"`
}

// TLS names the files of a TLS client. Every check looks whether they changed, so
// a rotated certificate needs no reload.
type TLS struct {
	// CAFile is a PEM bundle; without it the system's roots are used.
	CAFile string `yaml:"ca_file"`
	// CertFile and KeyFile are the client's certificate, for mutual TLS.
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
	// ServerName is the name the server's certificate must carry, where it is
	// not the host of the address.
	ServerName string `yaml:"server_name"`
}

// Docker is the hop docker_exec.
type Docker struct {
	// Host is a Docker endpoint: tcp://HOST:PORT or unix:///PATH.
	Host string `yaml:"host"`
	TLS  *TLS   `yaml:"tls,omitempty"`
	// Container is the name of the container that sees the token file.
	Container string `yaml:"container"`
	// User runs the read inside the container; empty is the container's own user.
	User string `yaml:"user"`
	// TokenFile is the path of the token file inside the container.
	TokenFile string `yaml:"token_file"`
}

// Vault is the hop nas_vault or main_vault, and with KV also nas_kv or main_kv.
type Vault struct {
	// Address is the base URL, https://HOST:PORT.
	Address string `yaml:"address"`
	TLS     *TLS   `yaml:"tls,omitempty"`
	// Namespace is the Vault Enterprise namespace; empty is the root.
	Namespace string `yaml:"namespace"`
	Auth      *Auth  `yaml:"auth,omitempty"`
	KV        *KV    `yaml:"kv,omitempty"`
}

// PKI is the hop pki: a canary certificate, signed and thrown away.
type PKI struct {
	Mount string `yaml:"mount"`
	// Role signs the canary; give it no_store, so that Vault keeps no copy.
	Role string `yaml:"role"`
	// CommonName is the name in the canary; the role must allow it.
	CommonName string `yaml:"common_name"`
}

// Transit is the hop transit: the key that unseals the main Vault.
type Transit struct {
	Mount string `yaml:"mount"`
	Key   string `yaml:"key"`
	// CanaryFile holds the ciphertext that the exporter may decrypt, made by the
	// set-up of the NAS Vault. It is no secret, and comes from elsewhere than the
	// Vault, or another Vault would bring its own.
	CanaryFile string `yaml:"canary_file"`
}

// Auth says how the exporter itself logs in; exactly one of the two.
type Auth struct {
	// TokenFile holds a Vault token, for example the sink of a Vault Agent.
	TokenFile  string          `yaml:"token_file"`
	Kubernetes *KubernetesAuth `yaml:"kubernetes,omitempty"`
}

// KubernetesAuth is Vault's Kubernetes auth method.
type KubernetesAuth struct {
	// Mount is the path of the auth method.
	Mount string `yaml:"mount"`
	Role  string `yaml:"role"`
	// JWTFile holds the ServiceAccount's token.
	JWTFile string `yaml:"jwt_file"`
}

// KV is one field of one secret in a KV v2 engine.
type KV struct {
	Mount string `yaml:"mount"`
	Path  string `yaml:"path"`
	Field string `yaml:"field"`
}

// Kubernetes is the API that the hops broker, external_secret and k8s_secret read.
type Kubernetes struct {
	// Kubeconfig is a file; empty means the pod's own ServiceAccount.
	Kubeconfig     string          `yaml:"kubeconfig"`
	Namespace      string          `yaml:"namespace"`
	Broker         *Broker         `yaml:"broker,omitempty"`
	ExternalSecret *ExternalSecret `yaml:"external_secret,omitempty"`
	Secret         *Secret         `yaml:"secret,omitempty"`
	Snapshot       *Snapshot       `yaml:"snapshot,omitempty"`
}

// Snapshot names the ConfigMap in which the backup notes its newest snapshot.
type Snapshot struct {
	ConfigMap string `yaml:"configmap"`
	Key       string `yaml:"key"`
}

// Fallback names the tiers that could serve the token when the flow cannot. A
// tier that is not a Secret is encrypted with age.
type Fallback struct {
	// AgeIdentityFile holds the age identity that decrypts the tiers.
	AgeIdentityFile string     `yaml:"age_identity_file"`
	CachedSecret    *ObjectKey `yaml:"cached_secret,omitempty"`
	BackupConfigMap *ObjectKey `yaml:"backup_configmap,omitempty"`
	LocalCache      *CacheFile `yaml:"local_cache,omitempty"`
	EmergencyToken  *ObjectKey `yaml:"emergency_token,omitempty"`
}

// ObjectKey is one key of an object in the flow's namespace.
type ObjectKey struct {
	Name string `yaml:"name"`
	Key  string `yaml:"key"`
}

// CacheFile is a file with an encrypted token.
type CacheFile struct {
	File string `yaml:"file"`
}

// Broker is the hop broker: the CronJob that moves the token.
type Broker struct {
	CronJob string `yaml:"cronjob"`
	// MaxAge is how long ago the last successful Job may be.
	MaxAge time.Duration `yaml:"max_age"`
}

// ExternalSecret is the hop external_secret.
type ExternalSecret struct {
	Name string `yaml:"name"`
	// MaxAge is how long ago the last refresh may be.
	MaxAge time.Duration `yaml:"max_age"`
}

// Secret is the hop k8s_secret.
type Secret struct {
	Name string `yaml:"name"`
	// Keys must all be there and hold the same token.
	Keys []string `yaml:"keys"`
}
