package upstream

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// The caps of Vault's replies, in bytes, by kind. A reply is decoded into the
// few fields that are wanted, so that its size is all that it can cost.
const (
	// maxHealthBytes is for sys/health, which is a dozen fields.
	maxHealthBytes = 16 << 10
	// maxObjectBytes is for a login, a lookup, a signed certificate with its
	// chain, and errors.
	maxObjectBytes = 64 << 10
	// maxSecretBytes is for a KV secret: its 64 custom metadata may be 40 KiB,
	// and what people keep beside the token is theirs.
	maxSecretBytes = 128 << 10
)

// answer is a whole reply of a Vault, or of what answers in its place.
type answer struct {
	status int
	body   []byte
}

// readWhole reads a reply to its end. The buffers that it outgrows are overwritten.
func readWhole(reply *http.Response, limit int) ([]byte, error) {
	r, size := reply.Body, 4<<10
	if said := reply.ContentLength; said >= 0 && said < int64(size) {
		size = int(said) + 1 // for the read that finds the end
	}
	buf := make([]byte, 0, size)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) > limit:
			return buf, reason.Errorf(reason.MalformedResponse, "reading a reply: got more than %d bytes", limit)
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return buf, err
		}
		if len(buf) == cap(buf) {
			grown := append(make([]byte, 0, min(2*cap(buf), limit+1)), buf...)
			clear(buf)
			buf = grown
		}
	}
}

func (a answer) decode(out any) error {
	if json.Unmarshal(a.body, out) != nil {
		return reason.Errorf(reason.MalformedResponse, "got a reply that is not Vault's JSON")
	}
	return nil
}

// refused returns why the request was refused, nil where it was not.
func (a answer) refused(r Request) error {
	if a.status >= 200 && a.status < 300 {
		return nil
	}
	refusal := a.refusal()
	if r.Judge != nil {
		if err := r.Judge(refusal); err != nil {
			return err
		}
	}
	return refusal.err()
}

// refusal reads Vault's list of errors. What has none is not Vault's answer,
// whatever its status.
func (a answer) refusal() Refusal {
	var body struct {
		Errors *[]string `json:"errors"`
	}
	if json.Unmarshal(a.body, &body) != nil || body.Errors == nil {
		return Refusal{Status: a.status}
	}
	return Refusal{Status: a.status, vaults: true, said: strings.Join(*body.Errors, "\n")}
}

func (r Refusal) err() error {
	return reason.Errorf(r.usual(), "got status %d, want 200", r.Status)
}

// causes are the words with which Vault and OpenBao say what the status does
// not. "No handler for route" comes before the others: it quotes a path.
var causes = []struct {
	why   reason.Reason
	words []string
}{
	{reason.MountMissing, []string{"no handler for route", "namespace not found"}},
	{reason.Uninitialized, []string{"not initialized", "not yet initialized"}},
	{reason.Sealed, []string{"Vault is sealed", "namespace is sealed"}},
	{reason.Standby, []string{
		"standby mode", "node not active", "node is not active", "no active Vault instance found",
		"cannot forward request; no connection", "replication DR secondary mode",
	}},
}

// usual is what a refusal means, unless the request knows better.
func (r Refusal) usual() reason.Reason {
	for _, cause := range causes {
		if slices.ContainsFunc(cause.words, r.Says) {
			return cause.why
		}
	}
	switch {
	case r.Status == http.StatusTooManyRequests:
		return reason.RateLimited
	case r.Status >= 500:
		return reason.HTTP5xx
	case !r.vaults:
		return reason.ProxyRefused
	case r.Status == http.StatusForbidden:
		return reason.Forbidden
	case r.Status == http.StatusUnauthorized:
		return reason.Unauthorized
	case r.Status == http.StatusNotFound, r.Status == http.StatusBadRequest && namesNothing(r.said):
		return reason.NotFound
	}
	return reason.HTTPUnexpected
}

// namesNothing reports whether Vault says that a role of the engine pki or a key
// of the engine transit is not there, for which it has no status of its own.
func namesNothing(said string) bool {
	return strings.HasPrefix(said, "unknown role: ") || said == "encryption key not found"
}
