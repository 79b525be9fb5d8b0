// Package reason holds the closed set of answers to "why did this check fail?".
//
// The set is closed so that it can be a Prometheus label, a heading in a
// runbook and a row in a test table at the same time. Text that an upstream
// sent never becomes part of a reason or of an error made here.
package reason

import "slices"

// Reason is why a check failed; one value of the closed set in this file.
type Reason string

// Group says who is to blame for a reason; recording rules aggregate by it.
type Group string

// The groups, in the order in which a request can fail.
const (
	Network    Group = "network"
	TLS        Group = "tls"
	Access     Group = "access"
	Vault      Group = "vault"
	Container  Group = "container"
	Value      Group = "value"
	Credential Group = "token"
	Kubernetes Group = "kubernetes"
	Exporter   Group = "exporter"
)

// The closed set.
const (
	DNS             Reason = "dns"
	ConnectRefused  Reason = "connect_refused"
	ConnectTimeout  Reason = "connect_timeout"
	ConnectionReset Reason = "connection_reset"
	Timeout         Reason = "timeout"
	Truncated       Reason = "truncated"

	TLSExpired           Reason = "tls_expired"
	TLSCAExpired         Reason = "tls_ca_expired"
	TLSUntrusted         Reason = "tls_untrusted"
	TLSName              Reason = "tls_name"
	TLSNoSAN             Reason = "tls_no_san"
	TLSClientCert        Reason = "tls_client_cert"
	TLSClientCertMissing Reason = "tls_client_cert_missing"
	TLSVersion           Reason = "tls_version"
	TLSNotTLS            Reason = "tls_not_tls"
	TLSRequired          Reason = "tls_required"

	Unauthorized Reason = "unauthorized"
	Forbidden    Reason = "forbidden"
	Policy       Reason = "policy"
	RateLimited  Reason = "rate_limited"
	BreakerOpen  Reason = "breaker_open"
	ProxyRefused Reason = "proxy_refused"
	TokenRefused Reason = "token_refused"
	LimitedUses  Reason = "limited_uses"

	Sealed            Reason = "sealed"
	Uninitialized     Reason = "uninitialized"
	Standby           Reason = "standby"
	NodeRemoved       Reason = "node_removed"
	OtherVault        Reason = "other_vault"
	MountMissing      Reason = "mount_missing"
	KVVersion         Reason = "kv_version"
	HTTP5xx           Reason = "http_5xx"
	HTTPUnexpected    Reason = "http_unexpected"
	Redirected        Reason = "redirected"
	MalformedResponse Reason = "malformed_response"

	ContainerMissing    Reason = "container_missing"
	ContainerNotRunning Reason = "container_not_running"
	ContainerPaused     Reason = "container_paused"
	ContainerUnhealthy  Reason = "container_unhealthy"
	EngineTooOld        Reason = "engine_too_old"
	NotUpgraded         Reason = "not_upgraded"
	ExecFailed          Reason = "exec_failed"
	ExecHanging         Reason = "exec_hanging"
	FileMissing         Reason = "file_missing"
	FilePermission      Reason = "file_permission"

	NotFound    Reason = "not_found"
	KeyMissing  Reason = "key_missing"
	WrongKey    Reason = "wrong_key"
	SoftDeleted Reason = "soft_deleted"
	Destroyed   Reason = "destroyed"
	Empty       Reason = "empty"
	Malformed   Reason = "malformed"
	Padded      Reason = "padded"
	Oversize    Reason = "oversize"
	Ambiguous   Reason = "ambiguous"

	Revoked  Reason = "revoked"
	Expired  Reason = "expired"
	Mismatch Reason = "mismatch"
	Stale    Reason = "stale"

	NotReady   Reason = "not_ready"
	Suspended  Reason = "suspended"
	JobFailed  Reason = "job_failed"
	APIMissing Reason = "api_missing"

	Config   Reason = "config"
	Disk     Reason = "disk"
	Machine  Reason = "machine"
	Canceled Reason = "canceled"
	Internal Reason = "internal"
)

// Entry is one row of the closed set.
type Entry struct {
	Reason Reason
	Group  Group
	// Plain completes the sentence "This hop failed because …" for a person.
	Plain string
}

var catalogue = []Entry{
	{DNS, Network, "the host name does not resolve"},
	{ConnectRefused, Network, "nothing accepts connections at that address"},
	{ConnectTimeout, Network, "the host does not answer connection attempts"},
	{ConnectionReset, Network, "the connection was closed before an answer arrived"},
	{Timeout, Network, "no answer came within the time limit"},
	{Truncated, Network, "the answer was cut off in the middle"},

	{TLSExpired, TLS, "the server's certificate is expired or not yet valid"},
	{TLSCAExpired, TLS, "a CA certificate above the server's is expired or not yet valid"},
	{TLSUntrusted, TLS, "the server's certificate is not signed by the configured CA"},
	{TLSName, TLS, "the server's certificate is for another name"},
	{TLSNoSAN, TLS, "the server's certificate has no subject alternative name"},
	{TLSClientCert, TLS, "the server refused our client certificate"},
	{TLSClientCertMissing, TLS, "the server wants a client certificate and none is configured"},
	{TLSVersion, TLS, "the server and the exporter have no version or cipher of TLS in common"},
	{TLSNotTLS, TLS, "the server does not speak TLS at that port"},
	{TLSRequired, TLS, "the server wants TLS at that port, and it was spoken to without"},

	{Unauthorized, Access, "our own credentials were not accepted"},
	{Forbidden, Access, "our own credentials do not allow this"},
	{Policy, Access, "the token authenticates but its policies are too narrow"},
	{RateLimited, Access, "the server is limiting the rate of requests"},
	{BreakerOpen, Access, "the mesh's circuit breaker is open"},
	{ProxyRefused, Access, "something in front of the server refused the request in its place"},
	{TokenRefused, Access, "Vault refuses the token without saying that it is invalid"},
	{LimitedUses, Access, "the token ends after a number of uses, of which each look at it is one"},

	{Sealed, Vault, "Vault is sealed"},
	{Uninitialized, Vault, "Vault is not initialized"},
	{Standby, Vault, "only a standby answered; there is no active Vault"},
	{NodeRemoved, Vault, "the node was removed from its Vault's cluster"},
	{OtherVault, Vault, "another Vault answers at that address than did before"},
	{MountMissing, Vault, "no secrets engine is mounted at that path"},
	{KVVersion, Vault, "the secrets engine at that path is not KV version 2"},
	{HTTP5xx, Vault, "the server failed with a 5xx status"},
	{HTTPUnexpected, Vault, "the server answered with an unexpected status"},
	{Redirected, Vault, "the server sent us elsewhere, where nothing is asked"},
	{MalformedResponse, Vault, "the answer was not in the expected form"},

	{ContainerMissing, Container, "the container does not exist"},
	{ContainerNotRunning, Container, "the container is not running"},
	{ContainerPaused, Container, "the container is paused"},
	{ContainerUnhealthy, Container, "the container runs and its own health check fails"},
	{EngineTooOld, Container, "the Docker engine is older than the oldest that can be asked"},
	{NotUpgraded, Container, "a proxy before the Docker engine does not pass the upgrade of the connection on"},
	{ExecFailed, Container, "the command in the container failed"},
	{ExecHanging, Container, "earlier runs of the command in the container have not ended"},
	{FileMissing, Container, "the token file does not exist"},
	{FilePermission, Container, "the token file may not be read"},

	{NotFound, Value, "there is nothing at this place"},
	{KeyMissing, Value, "the value has no such key"},
	{WrongKey, Value, "the key is not the one that encrypted the canary"},
	{SoftDeleted, Value, "the newest version is deleted and can be undeleted"},
	{Destroyed, Value, "the newest version is destroyed"},
	{Empty, Value, "the value is empty"},
	{Malformed, Value, "the value does not look like a Vault token"},
	{Padded, Value, "there is white space around the token, which applications take for a part of it"},
	{Oversize, Value, "the value is far too large to be a token"},
	{Ambiguous, Value, "there is more than one line, so none was chosen"},

	{Revoked, Credential, "the token is not known to the NAS Vault (revoked, or never valid)"},
	{Expired, Credential, "the token's time to live has run out"},
	{Mismatch, Credential, "the copies hold different tokens"},
	{Stale, Credential, "the copy is older than it should be"},

	{NotReady, Kubernetes, "Kubernetes reports the object as not ready"},
	{Suspended, Kubernetes, "the object is switched off and will not move the token"},
	{JobFailed, Kubernetes, "the last Job failed"},
	{APIMissing, Kubernetes, "the Kubernetes API does not serve this kind of object"},

	{Config, Exporter, "the exporter's own configuration or one of its files is at fault"},
	{Disk, Exporter, "the disk does not take what is written: it is full, read-only or failing"},
	{Machine, Exporter, "the machine has no more file descriptors, ports or memory for the exporter"},
	{Canceled, Exporter, "the check was canceled by the exporter"},
	{Internal, Exporter, "the exporter itself failed"},
}

// Catalogue returns the closed set in its documented order.
func Catalogue() []Entry { return slices.Clone(catalogue) }

// Plain returns the reason in words that complete "failed because …".
func (r Reason) Plain() string { return r.entry().Plain }

// Group returns who is to blame for r.
func (r Reason) Group() Group { return r.entry().Group }

// Own reports whether r is about the exporter and says nothing of the flow: its
// own fault, or its own right to look.
func (r Reason) Own() bool {
	return r.Group() == Exporter || r == Unauthorized || r == Forbidden
}

// entry falls back to Internal: a value outside the set can only be a mistake
// of this program.
func (r Reason) entry() Entry {
	for _, e := range catalogue {
		if e.Reason == r {
			return e
		}
	}
	return Entry{Reason: Internal, Group: Exporter, Plain: "the exporter itself failed"}
}
