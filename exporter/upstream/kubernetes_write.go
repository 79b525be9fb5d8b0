package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// metadataOnly asks for an object without its content: what a Secret holds
// then never crosses the wire.
const metadataOnly = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

// ObjectMetadata is the part of an object's metadata that is read.
type ObjectMetadata struct {
	UID         string            `json:"uid"`
	Annotations map[string]string `json:"annotations"`
}

// GetMetadata reads one object's metadata and nothing else of it.
func (c *Kubernetes) GetMetadata(ctx context.Context, group, resource, name string) (ObjectMetadata, error) {
	var meta ObjectMetadata
	err := c.send(ctx, OpK8sGet, http.MethodGet, []string{group, resource, name}, nil, "", &meta)
	return meta, err
}

// Create makes an object. That there is one of its name already is a *ConflictError.
func (c *Kubernetes) Create(ctx context.Context, group, resource string, object any) error {
	return c.send(ctx, OpK8sCreate, http.MethodPost, []string{group, resource}, object, "application/json", nil)
}

// Patch changes what the JSON merge patch names and leaves the rest of the
// object alone. A lost race is a *ConflictError.
func (c *Kubernetes) Patch(ctx context.Context, group, resource, name string, patch any) error {
	return c.send(ctx, OpK8sPatch, http.MethodPatch, []string{group, resource, name}, patch, "application/merge-patch+json", nil)
}

// send makes one request about the object at path, which is its group, its
// resource and, unless it is new, its name.
func (c *Kubernetes) send(ctx context.Context, operation, method string, path []string, body any, contentType string, meta *ObjectMetadata) error {
	target := c.base.JoinPath(path[0], "namespaces", c.namespace).JoinPath(path[1:]...)
	conflict := false
	err := c.trace.step(ctx, operation, target.String(), func(ctx context.Context) error {
		var content io.Reader = http.NoBody
		if body != nil {
			encoded, err := json.Marshal(body)
			if err != nil {
				return reason.Errorf(reason.Internal, "encoding the object for %q", target)
			}
			content = bytes.NewReader(encoded)
		}
		req, err := http.NewRequestWithContext(ctx, method, target.String(), content)
		if err != nil {
			return reason.Errorf(reason.Config, "making a request for %q", target)
		}
		req.Header.Set("Accept", metadataOnly)
		if contentType != "" {
			req.Header.Set("Content-Type", contentType)
		}
		reply, err := c.http.Do(req)
		if err != nil {
			return c.dialer.explain(err)
		}
		defer reply.Body.Close()
		conflict = reply.StatusCode == http.StatusConflict
		if reply.StatusCode != http.StatusOK && reply.StatusCode != http.StatusCreated {
			return reason.Errorf(kubeReason(reply.StatusCode), "got status %d, want 200", reply.StatusCode)
		}
		return decodeMetadata(reply, meta)
	})
	if conflict {
		return &ConflictError{err: err}
	}
	return err
}

// decodeMetadata refuses an object that came with its content: that server
// does not know the form that was asked for.
func decodeMetadata(reply *http.Response, meta *ObjectMetadata) error {
	media, _, _ := mime.ParseMediaType(reply.Header.Get("Content-Type"))
	if media != "application/json" {
		return reason.Errorf(reason.MalformedResponse, "got a reply that is not JSON")
	}
	var object struct {
		Kind     string         `json:"kind"`
		Metadata ObjectMetadata `json:"metadata"`
	}
	err := decode(reply, &object)
	if err != nil {
		return err
	}
	if object.Kind != "PartialObjectMetadata" {
		return reason.Errorf(reason.MalformedResponse, "got the whole object, want its metadata only")
	}
	if meta != nil {
		*meta = object.Metadata
	}
	return nil
}
