package contracts

import (
	"maps"
	"path"
	"slices"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// The paths of the flow's objects.
const (
	secretPath    = "/api/v1/namespaces/nas-integration/secrets/nas-vault-token"
	eventsPath    = "/api/v1/namespaces/nas-integration/events"
	eventPath     = eventsPath + "/nas-token-broker.tokenupdated"
	cronJobPath   = "/apis/batch/v1/namespaces/nas-integration/cronjobs/nas-token-broker"
	jobsPath      = "/apis/batch/v1/namespaces/nas-integration/jobs"
	externalsPath = "/apis/external-secrets.io/v1/namespaces/nas-integration/externalsecrets/nas-vault-token"
	storePath     = "/apis/external-secrets.io/v1/namespaces/nas-integration/secretstores/nas-vault-store"
)

var bearerHeader = map[string]any{"Authorization": pattern(exampleBearer, `Bearer \S+`), "Accept": "application/json"}

// refusal is the Status object with which Kubernetes refuses.
func refusal(status int, why string) map[string]any {
	return map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": why, "code": status}
}

// absent is how Kubernetes says that the object at an address is not there. It
// names the object; where it does not, it is the kind that it does not know.
func absent(address string) map[string]any {
	status := refusal(404, "NotFound")
	status["details"] = map[string]any{"name": path.Base(address)}
	return status
}

func get(path, description string, state State, status int, body any) Interaction {
	return Interaction{
		Description: description,
		State:       state,
		Request:     Request{Method: "GET", Path: path, Header: bearerHeader},
		Response:    Response{Status: status, Header: jsonHeader, Body: body},
	}
}

func read(call Call, why reason.Reason, interactions ...Interaction) Exchange {
	return Exchange{Call: call, Reason: why, Interactions: interactions}
}

// refused are the ways in which a read of the object at path is refused.
func refused(call Call, path, object string, missing State) []Exchange {
	exchanges := []Exchange{
		read(call, reason.Unauthorized, get(path, object+", unauthorized", K8sUnauthorized, 401, refusal(401, "Unauthorized"))),
		read(call, reason.Forbidden, get(path, object+", forbidden", K8sForbidden, 403, refusal(403, "Forbidden"))),
	}
	if missing != "" {
		exchanges = append(exchanges, read(call, reason.NotFound, get(path, object+", missing", missing, 404, absent(path))))
	}
	return exchanges
}

// secretExchanges are the answers about the Secret that applications read.
func secretExchanges() []Exchange {
	encoded := pattern("aHZzLkVYQU1QTEUwZXhhbXBsZTBFWEFNUExFMA==", encodedForm)
	sentence := "PG5vIHZhbHVlPg=="
	object := func(data map[string]any) any { return map[string]any{"kind": "Secret", "data": data} }
	return append([]Exchange{
		read(CallSecret, "", get(secretPath, "Secret, both keys", ObjectsHealthy, 200, object(map[string]any{"token": encoded, "QNAP_VAULT_TOKEN": encoded}))),
		read(CallSecret, reason.KeyMissing, get(secretPath, "Secret, key missing", K8sSecretNoKey, 200, object(map[string]any{"token": encoded}))),
		read(CallSecret, reason.Malformed, get(secretPath, "Secret, malformed", K8sSecretMalformed, 200, object(map[string]any{"token": sentence, "QNAP_VAULT_TOKEN": sentence}))),
	}, refused(CallSecret, secretPath, "Secret", K8sSecretMissing)...)
}

// cronJob is the broker's CronJob, as far as it is read.
func cronJob(suspended bool, status any) any {
	return map[string]any{
		"kind":     "CronJob",
		"metadata": map[string]any{"uid": like(exampleUID)},
		"spec":     map[string]any{"suspend": suspended},
		"status":   status,
	}
}

// jobs is a list of Jobs, of which one has the condition.
func jobs(condition string) any {
	return map[string]any{"kind": "JobList", "items": containing(map[string]any{
		"metadata": map[string]any{
			"creationTimestamp": pattern(exampleSecond, secondForm),
			"ownerReferences":   eachLike(map[string]any{"kind": "CronJob", "name": Broker, "uid": like(exampleUID)}),
		},
		"status": map[string]any{"conditions": containing(map[string]any{"type": condition, "status": "True"})},
	})}
}

func brokerExchanges() []Exchange {
	succeeded := map[string]any{"lastSuccessfulTime": pattern(exampleSecond, secondForm)}
	cron := get(cronJobPath, "CronJob, succeeded", ObjectsHealthy, 200, cronJob(false, succeeded))
	page := func(description string, state State, body any) Interaction {
		list := get(jobsPath, description, state, 200, body)
		list.Request.Query = map[string]string{"limit": "100"}
		return list
	}
	return append([]Exchange{
		read(CallBroker, "", cron, page("Jobs, complete", ObjectsHealthy, jobs("Complete"))),
		read(CallBroker, reason.JobFailed, cron, page("Jobs, failed", JobFailed, jobs("Failed"))),
		read(CallBroker, reason.Suspended, get(cronJobPath, "CronJob, suspended", CronJobSuspended, 200, cronJob(true, like(map[string]any{})))),
	}, refused(CallBroker, cronJobPath, "CronJob", CronJobMissing)...)
}

// external is the ExternalSecret, as far as it is read; more are further fields of
// its spec.
func external(ready string, more map[string]any) any {
	spec := map[string]any{"refreshInterval": like("5m")}
	maps.Copy(spec, more)
	return map[string]any{
		"kind": "ExternalSecret",
		"spec": spec,
		"status": map[string]any{
			"refreshTime": pattern(exampleSecond, secondForm),
			"conditions":  []any{map[string]any{"type": "Ready", "status": ready}},
		},
	}
}

// externalExchanges are the answers about the ExternalSecret.
func externalExchanges() []Exchange {
	return append([]Exchange{
		read(CallExternal, "", get(externalsPath, "ExternalSecret, ready", ObjectsHealthy, 200, external("True", nil))),
		read(CallExternal, reason.NotReady, get(externalsPath, "ExternalSecret, not ready", ExternalNotReady, 200, external("False", nil))),
	}, refused(CallExternal, externalsPath, "ExternalSecret", ExternalMissing)...)
}

// storeExchanges are the answers about the store that the ExternalSecret names.
func storeExchanges() []Exchange {
	entry := func(key string) any {
		return map[string]any{"secretKey": key, "remoteRef": map[string]any{"key": "nas/vault-token", "property": "token"}}
	}
	object := get(externalsPath, "ExternalSecret, of a store", ObjectsHealthy, 200, external("True", map[string]any{
		"secretStoreRef": map[string]any{"kind": "SecretStore", "name": "nas-vault-store"},
		"data":           []any{entry("token"), entry("QNAP_VAULT_TOKEN")},
	}))
	store := map[string]any{"kind": "SecretStore", "spec": map[string]any{"provider": map[string]any{"vault": map[string]any{
		"server": pattern(exampleServer, `https?://\S+`), "path": "secret", "version": "v2",
	}}}}
	return []Exchange{
		read(CallStore, "", object, get(storePath, "SecretStore, of a Vault", ObjectsHealthy, 200, store)),
		read(CallStoreUnread, "", object, get(storePath, "SecretStore, forbidden", K8sForbidden, 403, refusal(403, "Forbidden"))),
	}
}

func exporterKubernetes() []Exchange {
	return slices.Concat(secretExchanges(), brokerExchanges(), externalExchanges(), storeExchanges())
}
