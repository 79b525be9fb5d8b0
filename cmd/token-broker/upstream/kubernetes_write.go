package upstream

import (
	"context"
	"encoding/json"
	"net/http"

	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
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
func (c Kubernetes) GetMetadata(ctx context.Context, group, resource, name string) (ObjectMetadata, error) {
	return c.send(ctx, upstream.OpK8sGet, http.MethodGet, c.Path(group, resource, name), nil)
}

// Create makes an object. That there is one of its name already is a *ConflictError.
func (c Kubernetes) Create(ctx context.Context, group, resource string, object any) error {
	_, err := c.send(ctx, opK8sCreate, http.MethodPost, c.Path(group, resource, ""), object)
	return err
}

// Patch changes what the JSON merge patch names and leaves the rest of the
// object alone. A lost race is a *ConflictError.
func (c Kubernetes) Patch(ctx context.Context, group, resource, name string, patch any) error {
	_, err := c.send(ctx, opK8sPatch, http.MethodPatch, c.Path(group, resource, name), patch)
	return err
}

func (c Kubernetes) send(ctx context.Context, op upstream.Operation, method, path string, body any) (ObjectMetadata, error) {
	conflict := false
	var object partialObject
	err := c.Call(ctx, op, upstream.Request{
		Method: method, Path: path, Accept: metadataOnly, Body: body,
		Judge: func(refused upstream.Refusal) error {
			conflict = refused.Status == http.StatusConflict
			return nil
		},
	}, &object)
	if conflict {
		return ObjectMetadata{}, &ConflictError{err: err}
	}
	return object.metadata, err
}

// partialObject is an object without its content.
type partialObject struct{ metadata ObjectMetadata }

// UnmarshalJSON refuses an object that came with its content: that server does
// not know the form that was asked for.
func (o *partialObject) UnmarshalJSON(data []byte) error {
	var object struct {
		Kind     string         `json:"kind"`
		Metadata ObjectMetadata `json:"metadata"`
	}
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	if object.Kind != "PartialObjectMetadata" {
		return reason.Errorf(reason.MalformedResponse, "got the whole object, want its metadata only")
	}
	o.metadata = object.Metadata
	return nil
}
