package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// Request is one request to an API, for what this package has no method of its own.
type Request struct {
	Method string
	// Path is relative to the API's root.
	Path string
	// Query is sent with the path, and encoded.
	Query string
	// OfServer asks the server itself and not a namespace of it.
	OfServer bool
	// Accept is the media type asked for, where it is not plain JSON.
	Accept string
	// Body is sent as JSON; nil for none.
	Body any
	// encoded is Body where that holds a secret: bytes, which can be overwritten.
	encoded []byte
	// Judge gives a refusal another error than the usual one; nil judges none.
	Judge func(Refusal) error
}

// Refusal is an answer with the status of an error.
type Refusal struct {
	Status int
	said   string
	// vaults says that the answer has the form of Vault's refusals.
	vaults bool
}

// Says reports whether the answer's messages contain words. They are for
// telling refusals apart, and nothing hands them on.
func (r Refusal) Says(words string) bool { return strings.Contains(r.said, words) }

// judge returns usual, unless the request knows better what the refusal means.
func (r Request) judge(refusal Refusal, usual error) error {
	if r.Judge != nil {
		if err := r.Judge(refusal); err != nil {
			return err
		}
	}
	return usual
}

// to makes the HTTP request. A PATCH is a merge patch.
func (r Request) to(ctx context.Context, target string) (*http.Request, error) {
	var content io.Reader
	if r.Body != nil {
		encoded, err := json.Marshal(r.Body)
		if err != nil {
			return nil, reason.Errorf(reason.Internal, "encoding the request to %q", target)
		}
		content = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, target, content)
	if err != nil {
		return nil, reason.Errorf(reason.Config, "making a request for %q", target)
	}
	if r.Accept != "" {
		req.Header.Set("Accept", r.Accept)
	}
	if r.Body != nil {
		req.Header.Set("Content-Type", r.mediaType())
	}
	return req, nil
}

// mediaType is that of the body.
func (r Request) mediaType() string {
	if r.Method == http.MethodPatch {
		return "application/merge-patch+json"
	}
	return "application/json"
}
