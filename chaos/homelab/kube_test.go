package homelab

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	apiV1   = "/api/v1/namespaces/nas-integration"
	batchV1 = "/apis/batch/v1/namespaces/nas-integration"
	esV1    = "/apis/external-secrets.io/v1/namespaces/nas-integration"
)

// ask sends a request to the Kubernetes API with the given bearer token.
func ask(t *testing.T, lab *Homelab, method, path, bearer string) (int, []byte) {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool(lab)}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), method, "https://"+lab.kubeServer.address+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.ProtoMajor != 2 {
		t.Errorf("got HTTP/%d, want HTTP/2", answer.ProtoMajor)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, body
}

// TestKubernetesRefusals compares with recordings of Kubernetes 1.34.4; what
// only an authenticated client gets is after its source.
func TestKubernetesRefusals(t *testing.T) {
	lab := startLab(t)
	const unauthorized = `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}`
	good := lab.auth.bearer
	for _, test := range []struct {
		method, path, bearer string
		code                 int
		want                 string
	}{
		{"GET", "/version", "nope", 401, unauthorized},
		{"GET", apiV1 + "/secrets/nas-vault-token", "nope", 401, unauthorized},
		{"GET", "/api/v1/namespaces/x/secrets/y", "", 403, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"secrets \"y\" is forbidden: User \"system:anonymous\" cannot get resource \"secrets\" in API group \"\" in the namespace \"x\"","reason":"Forbidden","details":{"name":"y","kind":"secrets"},"code":403}`},
		{"GET", "/nope", "", 403, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"forbidden: User \"system:anonymous\" cannot get path \"/nope\"","reason":"Forbidden","details":{},"code":403}`},
		{"GET", apiV1 + "/secrets/other", good, 404, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"secrets \"other\" not found","reason":"NotFound","details":{"name":"other","kind":"secrets"},"code":404}`},
		{"GET", batchV1 + "/cronjobs/other", good, 404, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"cronjobs.batch \"other\" not found","reason":"NotFound","details":{"name":"other","group":"batch","kind":"cronjobs"},"code":404}`},
		{"GET", "/apis/batch/v1/namespaces/x/jobs", good, 403, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"jobs.batch is forbidden: User \"system:serviceaccount:nas-integration:vault-health-exporter\" cannot list resource \"jobs\" in API group \"batch\" in the namespace \"x\"","reason":"Forbidden","details":{"group":"batch","kind":"jobs"},"code":403}`},
		{"DELETE", apiV1 + "/secrets/nas-vault-token", good, 403, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"secrets \"nas-vault-token\" is forbidden: User \"system:serviceaccount:nas-integration:vault-health-exporter\" cannot delete resource \"secrets\" in API group \"\" in the namespace \"nas-integration\"","reason":"Forbidden","details":{"name":"nas-vault-token","kind":"secrets"},"code":403}`},
	} {
		code, body := ask(t, lab, test.method, test.path, test.bearer)
		if diff := cmp.Diff(test.want+"\n", string(body)); diff != "" || code != test.code {
			t.Errorf("%s %s: status %d, want %d; body (-want +got):\n%s", test.method, test.path, code, test.code, diff)
		}
	}
	if code, body := ask(t, lab, "GET", "/readyz", ""); code != 200 || string(body) != "ok" {
		t.Errorf("readyz: got %d %q, want 200 ok", code, body)
	}
}

// object is the part of every object that the tests look at.
type object struct {
	Kind     string
	Metadata struct{ UID, CreationTimestamp string }
	Spec     struct{ Suspend bool }
	Data     map[string][]byte
	Items    []struct {
		Metadata struct {
			OwnerReferences []struct{ UID string }
		}
		Status struct {
			Conditions []struct{ Type, Status string }
		}
	}
	Status struct {
		LastSuccessfulTime, LastScheduleTime, RefreshTime, SyncedResourceVersion string
		Conditions                                                               []struct{ Type, Status, Reason string }
	}
}

func get(t *testing.T, lab *Homelab, path string) object {
	t.Helper()
	code, body := ask(t, lab, "GET", path, lab.auth.bearer)
	var found object
	if err := json.Unmarshal(body, &found); err != nil || code != 200 {
		t.Fatalf("%s: got %d (%v), want an object", path, code, err)
	}
	return found
}

func TestObjects(t *testing.T) {
	lab := startLab(t)
	secret := get(t, lab, apiV1+"/secrets/nas-vault-token")
	if len(secret.Data[tokenKey]) != 28 || string(secret.Data[tokenKey]) != string(secret.Data[envKey]) {
		t.Error("the Secret's keys: got something else than one token in both")
	}
	cron := get(t, lab, batchV1+"/cronjobs/nas-token-broker")
	if cron.Status.LastSuccessfulTime == "" || cron.Status.LastScheduleTime == "" || cron.Spec.Suspend {
		t.Errorf("the CronJob: got %+v", cron)
	}
	external := get(t, lab, esV1+"/externalsecrets/nas-vault-token")
	condition := external.Status.Conditions[0]
	if condition.Type != "Ready" || condition.Status != "True" || condition.Reason != "SecretSynced" ||
		external.Status.RefreshTime == "" || external.Status.SyncedResourceVersion == "" {
		t.Errorf("the ExternalSecret: got %+v", external.Status)
	}
	undo(t, lab, brokerFailed)
	jobs := get(t, lab, batchV1+"/jobs")
	newest := jobs.Items[len(jobs.Items)-1]
	if jobs.Kind != "JobList" || newest.Metadata.OwnerReferences[0].UID != cron.Metadata.UID || newest.Status.Conditions[1].Type != "Failed" {
		t.Errorf("the newest Job: got %+v", newest)
	}
	if again := get(t, lab, batchV1+"/cronjobs/nas-token-broker"); again.Status.LastSuccessfulTime != cron.Status.LastSuccessfulTime {
		t.Errorf("last success after a failed run: got %q, want %q", again.Status.LastSuccessfulTime, cron.Status.LastSuccessfulTime)
	}
}

func TestKubeconfig(t *testing.T) {
	lab := startLab(t)
	config, err := clientcmd.BuildConfigFromFlags("", lab.path(kubeconfigFile))
	if err != nil {
		t.Fatal(err)
	}
	if config.Host != "https://"+lab.kubeServer.address || config.BearerToken != lab.auth.bearer || config.CAFile != lab.path(caFile) {
		t.Errorf("got host %q and CA %q", config.Host, config.CAFile)
	}
}

// TestExternalSecretsFollowsItsStore: the Secret holds what is where the store
// points, and stays as it is where that cannot be read.
func TestExternalSecretsFollowsItsStore(t *testing.T) {
	lab := startLab(t)
	if err := lab.Break(brokerSuspended); err != nil {
		t.Fatal(err)
	}
	old := lab.current
	if err := lab.Rotate(); err != nil {
		t.Fatal(err)
	}
	lab.AddVault("https://third:8200", "third")
	for _, step := range []struct {
		server, path, want string
		ready              string
	}{
		{lab.mainServer.url(), mainPath, old, "True"},
		{lab.nasServer.url(), nasPath, lab.current, "True"},
		{lab.nasServer.url(), "no/secret", lab.current, "False"},
		{"https://third:8200", mainPath, "third", "True"},
		{"https://fourth:8200", mainPath, "third", "False"},
	} {
		lab.PointStore(step.server, step.path)
		lab.Sync()
		held := string(get(t, lab, apiV1+"/secrets/nas-vault-token").Data[tokenKey])
		ready := get(t, lab, esV1+"/externalsecrets/nas-vault-token").Status.Conditions[0].Status
		if held != step.want || ready != step.ready {
			t.Errorf("at %s %s: got ready %s, and the token of the step %t", step.server, step.path, ready, held == step.want)
		}
	}
	if get(t, lab, esV1+"/secretstores/nas-vault-store").Kind != "SecretStore" {
		t.Error("got no SecretStore")
	}
}
