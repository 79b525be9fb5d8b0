package homelab

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/chaos"
)

// garbage is what stands in the Secret's keys while it is corrupt.
const garbage = "<no value>"

// job is one run of the broker.
type job struct {
	name    string
	uid     string
	started time.Time
	failed  bool
}

// externalState is the ExternalSecret's status.
type externalState struct {
	ready     bool
	since     time.Time // of the last change of ready
	refreshed time.Time
}

// kubeTime is a time of the Kubernetes API, which has whole seconds.
func kubeTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

func (c *cluster) metadata(name, uid string, created time.Time) map[string]any {
	return map[string]any{
		"name": name, "namespace": namespace, "uid": uid,
		"resourceVersion": strconv.Itoa(c.revision), "creationTimestamp": kubeTime(created),
	}
}

func (c *cluster) getCronJob(name string) (map[string]any, bool) {
	if name != cronJobName || c.deleted["cronjobs"] || c.lab.active[chaos.BrokerMissing] {
		return nil, false
	}
	lastSuccess := c.lastSuccess
	if c.lab.active[chaos.BrokerStopped] {
		lastSuccess = longAgo()
	}
	meta := c.metadata(cronJobName, c.cronJobUID, c.created)
	meta["generation"] = 1
	status := map[string]any{}
	if !c.lastSchedule.IsZero() {
		status["lastScheduleTime"] = kubeTime(c.lastSchedule)
	}
	if !lastSuccess.IsZero() {
		status["lastSuccessfulTime"] = kubeTime(lastSuccess)
	}
	return map[string]any{
		"apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta,
		"spec": map[string]any{
			"schedule": "*/10 * * * *", "concurrencyPolicy": "Forbid", "suspend": c.lab.active[brokerSuspended],
			"successfulJobsHistoryLimit": keptSuccesses, "failedJobsHistoryLimit": keptFailures,
			"jobTemplate": map[string]any{"metadata": map[string]any{"creationTimestamp": nil}, "spec": jobSpec()},
		},
		"status": status,
	}, true
}

func jobSpec() map[string]any {
	return map[string]any{
		"backoffLimit": 2,
		"template": map[string]any{
			"metadata": map[string]any{"creationTimestamp": nil},
			"spec": map[string]any{
				"serviceAccountName": cronJobName, "restartPolicy": "Never",
				"containers": []any{map[string]any{"name": "broker", "image": "token-broker", "resources": map[string]any{}}},
			},
		},
	}
}

func (c *cluster) listJobs() map[string]any {
	items, jobs := []any{}, c.jobs
	if c.lab.active[chaos.BrokerStopped] {
		jobs = nil // which were collected since
	}
	for _, j := range jobs {
		items = append(items, c.describe(j))
	}
	return map[string]any{
		"apiVersion": "batch/v1", "kind": "JobList",
		"metadata": map[string]any{"resourceVersion": strconv.Itoa(c.revision)},
		"items":    items,
	}
}

// describe is one item of a list, which carries no kind of its own.
func (c *cluster) describe(j job) map[string]any {
	meta := c.metadata(j.name, j.uid, j.started)
	meta["labels"] = map[string]string{"batch.kubernetes.io/job-name": j.name, "job-name": j.name}
	meta["annotations"] = map[string]string{"batch.kubernetes.io/cronjob-scheduled-timestamp": j.started.UTC().Format(time.RFC3339)}
	meta["ownerReferences"] = []any{map[string]any{
		"apiVersion": "batch/v1", "kind": "CronJob", "name": cronJobName, "uid": c.cronJobUID,
		"controller": true, "blockOwnerDeletion": true,
	}}
	ended := kubeTime(j.started)
	condition := func(kind, reason, message string) map[string]any {
		return map[string]any{
			"type": kind, "status": "True", "reason": reason, "message": message,
			"lastProbeTime": ended, "lastTransitionTime": ended,
		}
	}
	status := map[string]any{
		"startTime": ended, "ready": 0, "terminating": 0, "uncountedTerminatedPods": map[string]any{},
	}
	if j.failed {
		const reason, message = "BackoffLimitExceeded", "Job has reached the specified backoff limit"
		status["failed"] = 3
		status["conditions"] = []any{condition("FailureTarget", reason, message), condition("Failed", reason, message)}
	} else {
		const reason, message = "CompletionsReached", "Reached expected number of succeeded pods"
		status["succeeded"] = 1
		status["completionTime"] = ended
		status["conditions"] = []any{condition("SuccessCriteriaMet", reason, message), condition("Complete", reason, message)}
	}
	return map[string]any{"metadata": meta, "spec": jobSpec(), "status": status}
}

func (c *cluster) getExternalSecret(name string) (map[string]any, bool) {
	if name != secretName || c.deleted["externalsecrets"] || c.lab.active[chaos.ESOMissing] {
		return nil, false
	}
	meta := c.metadata(secretName, c.externalSecretUID, c.created)
	meta["generation"] = 1
	interval := c.lab.opt.CopyInterval.String()
	if c.lab.active[chaos.ESOSuspended] {
		interval = "0"
	}
	remote := func(key string) map[string]any {
		return map[string]any{"secretKey": key, "remoteRef": map[string]any{
			"key": c.remoteKey, "property": tokenKey,
			"conversionStrategy": "Default", "decodingStrategy": "None", "metadataPolicy": "None",
		}}
	}
	ready := map[string]any{
		"type": "Ready", "status": "True", "reason": "SecretSynced", "message": "secret synced",
		"lastTransitionTime": kubeTime(c.synced.since),
	}
	if !c.synced.ready {
		ready["status"], ready["reason"], ready["message"] = "False", "SecretSyncedError", "could not get secret data from provider"
	}
	return map[string]any{
		"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": meta,
		"spec": map[string]any{
			"refreshInterval": interval,
			"secretStoreRef":  map[string]any{"kind": "SecretStore", "name": storeName},
			"target":          map[string]any{"name": secretName, "creationPolicy": "Owner", "deletionPolicy": "Retain"},
			"data":            []any{remote(tokenKey), remote(envKey)},
		},
		"status": map[string]any{
			"binding":               map[string]any{"name": secretName},
			"conditions":            []any{ready},
			"refreshTime":           kubeTime(c.synced.refreshed),
			"syncedResourceVersion": "1-" + c.externalSecretUID[:8],
		},
	}, true
}

// longAgo is longer ago than anything in the flow may be.
func longAgo() time.Time { return time.Now().Add(-24 * time.Hour) }

// spoiltSecrets are what faults make of the applications' Secret.
var spoiltSecrets = []struct {
	fault string
	keys  []string
	value func(h *Homelab, token string) string
}{
	{chaos.SecretEmpty, []string{tokenKey, envKey}, func(*Homelab, string) string { return "" }},
	{chaos.SecretTwoLines, []string{tokenKey, envKey}, func(h *Homelab, _ string) string { return twoTokens(h) }},
	{chaos.SecretPadded, []string{tokenKey, envKey}, func(_ *Homelab, token string) string { return token + "\n" }},
	{chaos.SecretOversize, []string{tokenKey, envKey}, func(*Homelab, string) string { return oversize }},
	{chaos.SecretDiffers, []string{envKey}, func(*Homelab, string) string { return "hvs." + strings.Repeat("0", 24) }},
}

// refreshSecret is what External Secrets writes: its template's keys, and that
// it owns the Secret. What others noted beside them stays.
func (c *cluster) refreshSecret(value string) {
	encoded := base64.StdEncoding.EncodeToString([]byte(value))
	object := merge(c.objects.get("secrets", secretName), map[string]any{"type": "Opaque", "metadata": map[string]any{
		"labels": map[string]any{"reconcile.external-secrets.io/managed": "true"},
		"ownerReferences": []any{map[string]any{
			"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "name": secretName, "uid": c.externalSecretUID,
			"controller": true, "blockOwnerDeletion": true,
		}},
	}})
	object["data"] = map[string]any{tokenKey: encoded, envKey: encoded}
	c.put(resourceNamed("secrets"), secretName, object)
}

// getSecret returns a Secret, with what faults do to the applications'.
func (c *cluster) getSecret(name string) (map[string]any, bool) {
	object, active := c.objects.get("secrets", name), c.lab.active
	if object == nil || name != secretName {
		return object, object != nil
	}
	changes := map[string]any{}
	if active[secretCorrupt] {
		encoded := base64.StdEncoding.EncodeToString([]byte(garbage))
		changes[tokenKey], changes[envKey] = encoded, encoded
	}
	if active[secretKeyMissing] {
		changes[envKey] = nil
	}
	data, _ := object["data"].(map[string]any)
	for _, s := range spoiltSecrets {
		if value, _ := data[tokenKey].(string); active[s.fault] {
			token, _ := base64.StdEncoding.DecodeString(value)
			for _, key := range s.keys {
				changes[key] = base64.StdEncoding.EncodeToString([]byte(s.value(c.lab, string(token))))
			}
		}
	}
	return merge(object, map[string]any{"data": changes}), !active[secretDeleted]
}
