package homelab

import (
	"fmt"
	"net/http"
	"strings"
)

// create answers POST of an object.
func (c *cluster) create(r *http.Request, known resource, body []byte) reply {
	object, name, _, ok := sent(body)
	switch {
	case !ok:
		return known.unrecognized()
	case name == "":
		return known.refuse(http.StatusUnprocessableEntity, "Invalid", "", known.kind+` "" is invalid: metadata.name: Required value: name or generateName is required`)
	case c.objects.get(known.name, name) != nil:
		return known.refuse(http.StatusConflict, "AlreadyExists", name, fmt.Sprintf("%s %q already exists", known.qualified(), name))
	}
	return kubeObject(r, http.StatusCreated, c.put(known, name, object))
}

// update answers PUT of a Lease, which has to name the version that it replaces.
func (c *cluster) update(r *http.Request, known resource, name string, body []byte) reply {
	object, named, version, ok := sent(body)
	_, there := known.get(c, name)
	current, _ := c.objects.get(known.name, name)["metadata"].(map[string]any)
	switch {
	case !ok:
		return known.unrecognized()
	case named != name:
		return status{Code: http.StatusBadRequest, Reason: "BadRequest", Message: fmt.Sprintf("the name of the object (%s) does not match the name on the URL (%s)", named, name)}.reply()
	case !there:
		return known.notFound(name)
	case version == "":
		return known.refuse(http.StatusUnprocessableEntity, "Invalid", name, fmt.Sprintf(`%s %q is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update`, known.qualified(), name))
	case version != current["resourceVersion"]:
		return known.modified(name)
	}
	return kubeObject(r, http.StatusOK, c.put(known, name, object))
}

// sent is the object that a client sent, with the name and the version in it.
func sent(body []byte) (object map[string]any, name, version string, ok bool) {
	if err := parse(body, &object); err != nil || object == nil {
		return nil, "", "", false
	}
	meta, _ := object["metadata"].(map[string]any)
	name, _ = meta["name"].(string)
	version, _ = meta["resourceVersion"].(string)
	return object, name, version, true
}

func (r resource) unrecognized() reply {
	return status{Code: http.StatusBadRequest, Reason: "BadRequest", Message: "the object provided is unrecognized (must be of type " + r.kind + ")"}.reply()
}

// modified refuses a change of what somebody else has changed meanwhile.
func (r resource) modified(name string) reply {
	return r.refuse(http.StatusConflict, "Conflict", name, fmt.Sprintf("Operation cannot be fulfilled on %s %q: the object has been modified; please apply your changes to the latest version and try again", r.qualified(), name))
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
		return known.modified(name)
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
