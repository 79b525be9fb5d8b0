package contracts

// State is what a provider must be in when it gets a request.
type State string

// The states of a Vault. Those about "the secret" are of the KV secret that
// the pair reads.
const (
	VaultActive        State = "the Vault is unsealed and active"
	VaultSealed        State = "the Vault is sealed"
	VaultUninitialized State = "the Vault is not initialized"
	// VaultLonelyStandby is what is left when the active node of a cluster dies.
	VaultLonelyStandby State = "the Vault is a standby without an active node"
	VaultForwards      State = "the Vault is a standby that reaches its active node"
	VaultRedirects     State = "the Vault is a standby that does not reach its active node"
	// VaultCutOff is the same some seconds later, when it says so itself.
	VaultCutOff             State = "the Vault is a standby that has not reached its active node for a while"
	VaultRemoved            State = "the Vault was removed from its cluster"
	VaultPerformanceStandby State = "the Vault is a performance standby"
	VaultDRSecondary        State = "the Vault is a disaster-recovery secondary"
	VaultReplaced           State = "a sign-in page answers in the Vault's place"
	VaultBehindSignOn       State = "a single sign-on answers in the Vault's place"
	VaultBehindMesh         State = "a service mesh refuses the request in the Vault's place"

	SecretStored      State = "the secret holds a token"
	SecretFirst       State = "the secret holds a token in its first version"
	SecretSecond      State = "the secret holds a token in its second version"
	SecretNoted       State = "the secret holds a token and a note"
	SecretMissing     State = "there is no secret"
	SecretDeleted     State = "the secret's newest version is deleted"
	SecretDestroyed   State = "the secret's newest version is destroyed"
	SecretWithoutKey  State = "the secret has no field token"
	SecretMalformed   State = "the secret's field token holds a sentence"
	SecretNumber      State = "the secret's field token holds a number"
	SecretForbidden   State = "the client's policies do not allow the secret"
	SecretRateLimited State = "the secret's rate limit is used up"
	SecretFlat        State = "the secret is in an engine of KV version 1"
	SecretNotFlat     State = "there is no secret in an engine of KV version 1"
	SecretUnmounted   State = "there is no secrets engine where the secret should be"

	TokenRoot        State = "the token is a root token"
	TokenLimited     State = "the token has a time to live"
	TokenCounted     State = "the token has three uses left"
	TokenLastUse     State = "the token has one use left"
	TokenRevoked     State = "the token is revoked"
	TokenUnplaced    State = "the token is of a namespace that the Vault does not have"
	TokenBound       State = "the token is bound to other addresses"
	TokenDisabled    State = "the token's entity is disabled"
	TokenTooNarrow   State = "the token may not look itself up"
	TokenUnknown     State = "no token has the accessor"
	TokenWithoutRole State = "the client is an administrator"

	// The states of the namespaces that OpenBao and Vault Enterprise have.
	SecretInNamespace State = "the secret is in the namespace"
	NamespaceMissing  State = "there is no such namespace"
	NamespaceSealed   State = "the namespace is sealed"
	TokenOfNamespace  State = "the token is of a namespace"

	// TokenUnknownAtOpenBao is TokenRevoked at a server that says less of it.
	TokenUnknownAtOpenBao State = "the token is revoked at an OpenBao"

	LoginAccepted State = "the role accepts the ServiceAccount"
	LoginRefused  State = "the role does not accept the ServiceAccount"
	LoginNoRole   State = "there is no such role"
	// LoginBadJWT is what an expired or revoked ServiceAccount's token leads to.
	LoginBadJWT State = "Kubernetes does not accept the ServiceAccount's token"

	PKIAccepted    State = "the role signs for the client"
	PKIForbidden   State = "the client's policies do not allow the role"
	PKIRoleMissing State = "there is no such role that signs"

	TransitAccepted   State = "the key decrypts the canary for the client"
	TransitOtherKey   State = "the key is another one than encrypted the canary"
	TransitForbidden  State = "the client's policies do not allow the key"
	TransitKeyMissing State = "there is no such key"
)

// The states of the Kubernetes API.
const (
	ObjectsHealthy State = "all objects of the flow are healthy"

	K8sUnauthorized State = "the client's token is not accepted"
	K8sForbidden    State = "the client has no role"

	K8sSecretMissing   State = "there is no Secret"
	K8sSecretMalformed State = "the Secret's keys hold no token"
	K8sSecretNoKey     State = "the Secret lacks the key QNAP_VAULT_TOKEN"

	CronJobSuspended State = "the CronJob is suspended"
	CronJobMissing   State = "there is no CronJob"
	JobFailed        State = "the CronJob's newest Job failed"

	ExternalNotReady State = "the ExternalSecret cannot be refreshed"
	ExternalMissing  State = "there is no ExternalSecret"

	EventMissing State = "there is no such Event"
	EventThere   State = "there is such an Event"
)

// The states of the Docker API and of the container behind it.
const (
	ContainerRuns    State = "the container runs"
	ContainerStopped State = "the container has exited"
	ContainerPaused  State = "the container is paused"
	ContainerMissing State = "there is no such container"
	ExecSucceeded    State = "a command in the container has ended with exit code 0"
	ExecFailed       State = "a command in the container has ended with exit code 1"
)

// The states of the token file in the container.
const (
	FileHoldsToken  State = "the file holds a token"
	FileMissing     State = "the file is missing"
	FileForbidden   State = "the file may not be read"
	FileEmpty       State = "the file is empty"
	FileMalformed   State = "the file holds a sentence"
	FileTwoLines    State = "the file holds two tokens"
	FileWithReturns State = "the file ends in a carriage return and a newline"
)
