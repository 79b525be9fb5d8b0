package homelab

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
)

// flatEngine is a KV engine of version 1: fields, by path.
type flatEngine map[string]map[string]any

// writeMount answers sys/mounts/NAME for the one kind of engine that can be
// added here.
func (v *vaultNode) writeMount(r *http.Request, name string, body []byte) reply {
	var request struct {
		Type    string            `json:"type"`
		Options map[string]string `json:"options"`
	}
	if !writes(r) {
		return unsupported()
	}
	if err := parse(body, &request); err != nil {
		return vaultErrors(http.StatusBadRequest, err.Error())
	}
	if request.Type != "kv" || request.Options["version"] != "1" {
		return vaultErrors(http.StatusBadRequest, fmt.Sprintf("plugin not found in the catalog: %s", request.Type))
	}
	if v.flat[name] != nil {
		return vaultErrors(http.StatusBadRequest, fmt.Sprintf("path is already in use at %s/", name))
	}
	v.flat[name] = flatEngine{}
	return noContent()
}

// flatSecret answers for a path in an engine of version 1; ok is false where
// there is no such engine.
func (v *vaultNode) flatSecret(r *http.Request, path string, body []byte) (answer reply, ok bool) {
	mount, rest, _ := strings.Cut(path, "/")
	engine := v.flat[mount]
	if engine == nil {
		return reply{}, false
	}
	switch r.Method {
	case http.MethodGet:
		if engine[rest] == nil {
			return vaultErrors(http.StatusNotFound), true
		}
		return envelope{LeaseDuration: int(maxTTL.Seconds()), Data: maps.Clone(engine[rest]), MountType: "kv"}.reply(http.StatusOK), true
	case http.MethodPut, http.MethodPost:
		var fields map[string]any
		if err := parse(body, &fields); err != nil {
			return vaultErrors(http.StatusInternalServerError, err.Error()), true
		}
		engine[rest] = fields
		return noContent(), true
	case http.MethodDelete:
		delete(engine, rest)
		return noContent(), true
	}
	return unsupported(), true
}
