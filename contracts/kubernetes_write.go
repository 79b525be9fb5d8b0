package contracts

import "homelab.io/vault-health-exporter/exporter/reason"

// metadataHeader asks for an object without its content, so that what a Secret
// holds does not travel.
var metadataHeader = map[string]any{
	"Authorization": bearerHeader["Authorization"],
	"Accept":        "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
}

func partial(fields map[string]any) any {
	fields["uid"] = like(exampleUID)
	return map[string]any{"kind": "PartialObjectMetadata", "metadata": fields}
}

func change(method, path, media, description string, state State, body any, status int, reply any) Interaction {
	header := map[string]any{"Content-Type": media}
	for name, value := range metadataHeader {
		header[name] = value
	}
	return Interaction{
		Description: description,
		State:       state,
		Request:     Request{Method: method, Path: path, Header: header, Body: body},
		Response:    Response{Status: status, Header: jsonHeader, Body: reply},
	}
}

func metadata(path, description string, state State, status int, body any) Interaction {
	interaction := get(path, description, state, status, body)
	interaction.Request.Header = metadataHeader
	return interaction
}

// event is what the broker writes about its CronJob.
func event() map[string]any {
	return map[string]any{
		"apiVersion": "v1", "kind": "Event",
		"metadata":       map[string]any{"name": "nas-token-broker.tokenupdated", "namespace": "nas-integration"},
		"involvedObject": map[string]any{"apiVersion": "batch/v1", "kind": "CronJob", "namespace": "nas-integration", "name": Broker},
		"reason":         "TokenUpdated", "message": like("The main Vault holds a new token of the NAS Vault."),
		"type": "Normal", "source": map[string]any{"component": Broker}, "count": 1,
		"firstTimestamp": pattern(exampleSecond, secondForm), "lastTimestamp": pattern(exampleSecond, secondForm),
	}
}

func brokerKubernetes() []Exchange {
	const merge = "application/merge-patch+json"
	unhealthy := map[string]any{"metadata": map[string]any{"annotations": map[string]any{
		"homelab.io/nas-unhealthy": pattern("2026-01-02T03:04:05Z sealed", secondForm+` [a-z0-9_]+`),
	}}}
	again := map[string]any{"count": integer(2), "lastTimestamp": pattern(exampleSecond, secondForm)}
	return []Exchange{
		read(CallMetadata, "", metadata(secretPath, "Secret's metadata", ObjectsHealthy, 200, partial(map[string]any{"name": "nas-vault-token"}))),
		read(CallMetadata, reason.Forbidden, metadata(secretPath, "Secret's metadata, forbidden", K8sForbidden, 403, refusal(403, "Forbidden"))),
		read(CallMetadata, reason.NotFound, metadata(secretPath, "Secret's metadata, missing", K8sSecretMissing, 404, refusal(404, "NotFound"))),
		read(CallAnnotate, "", change("PATCH", secretPath, merge, "Secret annotated", ObjectsHealthy, unhealthy, 200, partial(map[string]any{
			"annotations": map[string]any{"homelab.io/nas-unhealthy": pattern("2026-01-02T03:04:05Z sealed", secondForm+` [a-z0-9_]+`)},
		}))),
		read(CallCreateEvent, "", change("POST", eventsPath, "application/json", "Event created", EventMissing, event(), 201, partial(map[string]any{"name": "nas-token-broker.tokenupdated"}))),
		read(CallCreateEvent, reason.HTTPUnexpected, change("POST", eventsPath, "application/json", "Event there already", EventThere, event(), 409, refusal(409, "AlreadyExists"))),
		read(CallPatchEvent, "", change("PATCH", eventPath, merge, "Event counted up", EventThere, again, 200, partial(map[string]any{"name": "nas-token-broker.tokenupdated"}))),
	}
}
