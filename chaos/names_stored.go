package chaos

// The names of the faults in what the servers store and say of themselves.
const (
	ContainerUnhealthy = "container-unhealthy"
	ExecFailed         = "exec-failed"
	ExecHanging        = "exec-hanging"
	DockerOld          = "docker-old"
	DockerNoUpgrade    = "docker-no-upgrade"
	FileOversize       = "file-oversize"

	NASRemoved     = "nas-removed"
	NASClockSkew   = "nas-clock-skew"
	NASOldVersion  = "nas-old-version"
	NASCredentials = "nas-credentials"

	KVMissing      = "kv-missing"
	KVMountMissing = "kv-mount-missing"
	KVFlat         = "kv-flat"
	KVEmpty        = "kv-empty"
	KVMalformed    = "kv-malformed"
	KVTwoLines     = "kv-two-lines"
	KVOversize     = "kv-oversize"

	BrokerMissing = "broker-missing"
	BrokerStopped = "broker-stopped"

	MainUninitialized = "main-uninitialized"
	MainStandby       = "main-standby"
	MainRemoved       = "main-removed"
	MainOther         = "main-other"

	MainKVMissing      = "main-kv-missing"
	MainKVDestroyed    = "main-kv-destroyed"
	MainKVKeyMissing   = "main-kv-key-missing"
	MainKVMountMissing = "main-kv-mount-missing"
	MainKVFlat         = "main-kv-flat"
	MainKVEmpty        = "main-kv-empty"
	MainKVMalformed    = "main-kv-malformed"
	MainKVTwoLines     = "main-kv-two-lines"
	MainKVPadded       = "main-kv-padded"
	MainKVOversize     = "main-kv-oversize"

	ESOMissing    = "eso-missing"
	ESOSuspended  = "eso-suspended"
	ESOAPIMissing = "eso-api-missing"

	SecretEmpty    = "secret-empty"
	SecretTwoLines = "secret-two-lines"
	SecretPadded   = "secret-padded"
	SecretDiffers  = "secret-differs"
	SecretOversize = "secret-oversize"

	TokenPolicy    = "token-policy"
	TokenElsewhere = "token-elsewhere"
	TokenLimited   = "token-limited"

	NASTokenFile   = "nas-token-file"
	JWTFile        = "jwt-file"
	KubeconfigFile = "kubeconfig-file"
	CAFile         = "ca-file"

	PKIOtherKey = "pki-other-key"
	PKIExpired  = "pki-expired"
)
