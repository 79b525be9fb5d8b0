package homelab

import (
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
)

var writer = []Rule{
	{Verbs: []string{"create", "get", "patch"}, Resources: []string{"events", "configmaps"}},
	{Verbs: []string{"get", "patch"}, Resources: []string{"secrets"}, Names: []string{"nas-vault-token"}},
}

// change sends a request to the Kubernetes API and returns its status and answer.
func change(t *testing.T, lab *Homelab, bearer, method, path, media, accept, body string) (int, string) {
	t.Helper()
	return send(t, lab, lab.kubeServer, http.Header{"Authorization": {"Bearer " + bearer}, "Content-Type": {media}, "Accept": {accept}}, method, apiV1+path, body)
}

func send(t *testing.T, lab *Homelab, s *server, header http.Header, method, path, body string) (int, string) {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool(lab)}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), method, "https://"+s.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	answer, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(content)
}

// TestKubernetesWrites is about what a client that may write gets.
func TestKubernetesWrites(t *testing.T) {
	lab := startLab(t)
	bearer := lab.GrantRole("writer", writer...)
	const event = `{"metadata":{"name":"e","uid":"chosen"},"reason":"R","count":1}`
	for _, step := range []struct {
		what, method, path, media, body string
		code                            int
		says                            string
	}{
		{"make an object", "POST", "/events", "application/json", event, 201, `"reason":"R"`},
		{"make it again", "POST", "/events", "application/json", event, 409, `"reason":"AlreadyExists"`},
		{"make one without a name", "POST", "/events", "application/json", `{}`, 422, `"reason":"Invalid"`},
		{"make what is no object", "POST", "/events", "application/json", `[`, 400, `"reason":"BadRequest"`},
		{"change it", "PATCH", "/events/e", mergePatch, `{"count":2}`, 200, `"count":2`},
		{"change it in another form", "PATCH", "/events/e", "application/json-patch+json", `[]`, 415, `"reason":"UnsupportedMediaType"`},
		{"change it as it was before", "PATCH", "/events/e", mergePatch, `{"metadata":{"resourceVersion":"1"},"count":3}`, 409, `"reason":"Conflict"`},
		{"change what is not there", "PATCH", "/events/f", mergePatch, `{"count":2}`, 404, `"reason":"NotFound"`},
		{"take a field away", "PATCH", "/events/e", mergePatch, `{"reason":null}`, 200, `"kind":"Event"`},
		{"make a Secret without the right to", "POST", "/secrets", "application/json", `{"metadata":{"name":"s"}}`, 403, `"reason":"Forbidden"`},
		{"change another Secret", "PATCH", "/secrets/other", mergePatch, `{}`, 403, `"reason":"Forbidden"`},
		{"annotate the Secret", "PATCH", "/secrets/nas-vault-token", mergePatch, `{"metadata":{"annotations":{"a":"b"}}}`, 200, `"annotations":{"a":"b"}`},
	} {
		code, said := change(t, lab, bearer, step.method, step.path, step.media, "application/json", step.body)
		if code != step.code || !strings.Contains(said, step.says) {
			t.Errorf("%s: got status %d, want %d with %s; answer: %s", step.what, code, step.code, step.says, said)
		}
	}
	object := lab.Object("events", "e")
	if meta := object["metadata"].(map[string]any); meta["uid"] == "chosen" || meta["namespace"] != namespace || object["reason"] != nil || object["count"] != 2.0 {
		t.Errorf("got %v", object)
	}
	if got := lab.ObjectNames("events"); len(got) != 1 || got[0] != "e" {
		t.Errorf("got Events %q, want one", got)
	}
}

// TestLeasesAreReplacedAsTheyWereRead, and not as somebody else has written them since.
func TestLeasesAreReplacedAsTheyWereRead(t *testing.T) {
	lab := startLab(t)
	bearer := lab.GrantRole("candidate", Rule{Verbs: []string{"create", "get", "update"}, Resources: []string{"leases.coordination.k8s.io"}})
	const leases = "/apis/coordination.k8s.io/v1/namespaces/nas-integration/leases"
	put := func(method, path, body string) (int, string) {
		t.Helper()
		return send(t, lab, lab.kubeServer, http.Header{"Authorization": {"Bearer " + bearer}, "Content-Type": {"application/json"}}, method, leases+path, body)
	}
	if code, said := put("POST", "", `{"metadata":{"name":"l"},"spec":{"holderIdentity":"a"}}`); code != http.StatusCreated {
		t.Fatalf("making one: got status %d and %s", code, said)
	}
	version := lab.Object("leases", "l")["metadata"].(map[string]any)["resourceVersion"].(string)
	for _, step := range []struct {
		what, path, body string
		code             int
		says             string
	}{
		{"without a version", "/l", `{"metadata":{"name":"l"}}`, 422, `metadata.resourceVersion`},
		{"under another name", "/l", `{"metadata":{"name":"m"}}`, 400, `does not match the name on the URL`},
		{"what is not there", "/m", `{"metadata":{"name":"m","resourceVersion":"1"}}`, 404, `"reason":"NotFound"`},
		{"as it was read", "/l", `{"metadata":{"name":"l","resourceVersion":"` + version + `"},"spec":{"holderIdentity":"b"}}`, 200, `"holderIdentity":"b"`},
		{"as it was before", "/l", `{"metadata":{"name":"l","resourceVersion":"` + version + `"},"spec":{"holderIdentity":"c"}}`, 409, `"reason":"Conflict"`},
	} {
		if code, said := put("PUT", step.path, step.body); code != step.code || !strings.Contains(said, step.says) {
			t.Errorf("%s: got status %d, want %d with %s; answer: %s", step.what, code, step.code, step.says, said)
		}
	}
}

// TestAnnotationsOutliveARefresh: External Secrets writes what it owns only.
func TestAnnotationsOutliveARefresh(t *testing.T) {
	lab := startLab(t)
	bearer := lab.GrantRole("writer", writer...)
	change(t, lab, bearer, "PATCH", "/secrets/nas-vault-token", mergePatch, "application/json", `{"metadata":{"annotations":{"a":"b"}},"data":{"token":"eA=="}}`)
	if err := lab.Rotate(); err != nil {
		t.Fatal(err)
	}
	lab.Sync()
	lab.mu.Lock()
	defer lab.mu.Unlock()
	if meta := lab.kube.objects.get("secrets", secretName)["metadata"].(map[string]any); meta["annotations"] == nil || lab.servedToken() != lab.current {
		t.Errorf("got metadata %v, want the annotation beside the new token", meta)
	}
}

// TestMetadataOnly: a Secret's content does not travel where it is not wanted.
func TestMetadataOnly(t *testing.T) {
	lab := startLab(t)
	const accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
	code, said := change(t, lab, lab.GrantRole("writer", writer...), "GET", "/secrets/nas-vault-token", "", accept, "")
	if code != http.StatusOK || !strings.Contains(said, `"kind":"PartialObjectMetadata"`) || strings.Contains(said, `"data"`) {
		t.Errorf("got status %d and %s", code, said)
	}
}

// TestGrantRoleTakesRightsAway: an account keeps its token and has no other
// rights than the last.
func TestGrantRoleTakesRightsAway(t *testing.T) {
	lab := startLab(t)
	before := lab.GrantRole("writer", writer...)
	if after := lab.GrantRole("writer"); after != before {
		t.Error("got another token")
	}
	if code, _ := change(t, lab, before, "POST", "/events", "application/json", "", `{}`); code != http.StatusForbidden {
		t.Errorf("got status %d, want 403", code)
	}
}

// TestDeletedOwners: what owns others takes them with it, and comes back anew.
func TestDeletedOwners(t *testing.T) {
	lab := startLab(t)
	uid := func(resource, name string) any {
		meta, _ := lab.Object(resource, name)["metadata"].(map[string]any)
		return meta["uid"]
	}
	cron, external, secret := uid("cronjobs", cronJobName), uid("externalsecrets", secretName), uid("secrets", secretName)
	lab.DeleteObject("cronjobs", cronJobName)
	lab.DeleteObject("externalsecrets", secretName)
	lab.Sync()
	if uid("cronjobs", cronJobName) != nil || uid("externalsecrets", secretName) != nil || uid("secrets", secretName) != nil {
		t.Error("got something left, or made again")
	}
	if jobs := get(t, lab, batchV1+"/jobs"); len(jobs.Items) != 0 {
		t.Errorf("got %d Jobs of no CronJob", len(jobs.Items))
	}
	lab.RestoreObjects()
	lab.Sync()
	for what, pair := range map[string][2]any{
		"CronJob": {cron, uid("cronjobs", cronJobName)}, "ExternalSecret": {external, uid("externalsecrets", secretName)}, "Secret": {secret, uid("secrets", secretName)},
	} {
		if pair[1] == nil || pair[0] == pair[1] {
			t.Errorf("%s: got %v after %v, want another", what, pair[1], pair[0])
		}
	}
}
