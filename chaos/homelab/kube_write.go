package homelab

import (
	"fmt"
	"net/http"
	"strings"
)

// create answers POST of an object.
func (c *cluster) create(r *http.Request, known resource, body []byte) reply {
	var object map[string]any
	if err := parse(body, &object); err != nil || object == nil {
		return status{Code: http.StatusBadRequest, Reason: "BadRequest", Message: "the object provided is unrecognized (must be of type " + known.kind + ")"}.reply()
	}
	meta, _ := object["metadata"].(map[string]any)
	name, _ := meta["name"].(string)
	switch {
	case name == "":
		return known.refuse(http.StatusUnprocessableEntity, "Invalid", "", known.kind+` "" is invalid: metadata.name: Required value: name or generateName is required`)
	case c.objects.get(known.name, name) != nil:
		return known.refuse(http.StatusConflict, "AlreadyExists", name, fmt.Sprintf("%s %q already exists", known.qualified(), name))
	}
	return kubeObject(r, http.StatusCreated, c.put(known, name, object))
}

// patch answers PATCH of an object. A patch that names the version it is made
// for loses to whoever changed the object meanwhile.
func (c *cluster) patch(r *http.Request, known resource, name string, body []byte) reply {
	var changes map[string]any
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	old := c.objects.get(known.name, name)
	_, there := known.get(c, name)
	switch {
	case media != mergePatch:
		return status{
			Code: http.StatusUnsupportedMediaType, Reason: "UnsupportedMediaType",
			Message: "the body of the request was in an unknown format - accepted media types include: " + mergePatch,
		}.reply()
	case !there:
		return known.notFound(name)
	}
	if err := parse(body, &changes); err != nil {
		return status{Code: http.StatusBadRequest, Reason: "BadRequest", Message: err.Error()}.reply()
	}
	meta, _ := changes["metadata"].(map[string]any)
	current, _ := old["metadata"].(map[string]any)
	if made, ok := meta["resourceVersion"]; ok && made != current["resourceVersion"] {
		return known.refuse(http.StatusConflict, "Conflict", name, fmt.Sprintf("Operation cannot be fulfilled on %s %q: the object has been modified; please apply your changes to the latest version and try again", known.qualified(), name))
	}
	return kubeObject(r, http.StatusOK, c.put(known, name, merge(old, changes)))
}

// refuse names the object that the refusal is about.
func (r resource) refuse(code int, reason, name, message string) reply {
	return status{Code: code, Reason: reason, Message: message, Details: &details{Name: name, Group: r.group, Kind: r.name}}.reply()
}

func (r resource) notFound(name string) reply {
	return r.refuse(http.StatusNotFound, "NotFound", name, fmt.Sprintf("%s %q not found", r.qualified(), name))
}

// kubeObject is an answer with an object, without its content where the client
// wants its metadata only.
func kubeObject(r *http.Request, code int, object map[string]any) reply {
	if strings.Contains(r.Header.Get("Accept"), "as=PartialObjectMetadata;g=meta.k8s.io;v=v1") {
		object = map[string]any{"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]}
	}
	return kubeJSON(code, object)
}
