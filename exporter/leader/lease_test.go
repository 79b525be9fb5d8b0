package leader

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	coordination "k8s.io/api/coordination/v1"

	"homelab.io/vault-health-exporter/exporter/reason"
)

var noon = time.Date(2026, 11, 3, 12, 0, 0, 123456789, time.UTC)

// asKubernetes reads a Lease as the API server does, which refuses what it has no field for.
func asKubernetes(t *testing.T, l lease) coordination.Lease {
	t.Helper()
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	var object coordination.Lease
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&object); err != nil {
		t.Fatalf("got %v of %s", err, text)
	}
	return object
}

// TestTheFormIsThatOfClientGo: an operator's tools read the Lease, and other
// candidates compare it.
func TestTheFormIsThatOfClientGo(t *testing.T) {
	first := asKubernetes(t, newLease("nas-integration", "exporter").heldBy("a_1", noon))
	if first.Name != "exporter" || first.Namespace != "nas-integration" || first.Kind != "Lease" || first.APIVersion != "coordination.k8s.io/v1" {
		t.Errorf("got %+v", first.ObjectMeta)
	}
	at := noon.Truncate(time.Microsecond)
	spec := first.Spec
	if *spec.HolderIdentity != "a_1" || *spec.LeaseDurationSeconds != 30 || *spec.LeaseTransitions != 0 || !spec.AcquireTime.Time.Equal(at) || !spec.RenewTime.Time.Equal(at) {
		t.Errorf("got %+v", spec)
	}
}

// read is a Lease as the API server sends it.
func read(t *testing.T, text string) lease {
	t.Helper()
	l := lease{name: "exporter"}
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		t.Fatal(err)
	}
	return l
}

const stored = `{"kind":"Lease","apiVersion":"coordination.k8s.io/v1","metadata":{"name":"exporter","namespace":"n","uid":"u","resourceVersion":"7","labels":{"team":"platform"}},
	"spec":{"holderIdentity":"a_1","leaseDurationSeconds":15,"acquireTime":"2026-11-03T11:00:00.000001Z","renewTime":"2026-11-03T11:59:00.000000Z","leaseTransitions":4,"strategy":"OldestEmulationVersion"}}`

func TestALeaseIsWrittenBack(t *testing.T) {
	acquired := time.Date(2026, 11, 3, 11, 0, 0, 1000, time.UTC)
	for name, test := range map[string]struct {
		lease       lease
		holder      string
		seconds     int32
		acquired    time.Time
		transitions int32
	}{
		"renewed":  {read(t, stored).heldBy("a_1", noon), "a_1", 30, acquired, 4},
		"taken":    {read(t, stored).heldBy("b_2", noon), "b_2", 30, noon.Truncate(time.Microsecond), 5},
		"released": {read(t, stored).released(noon), "", 1, noon.Truncate(time.Microsecond), 4},
	} {
		t.Run(name, func(t *testing.T) {
			object := asKubernetes(t, test.lease)
			spec := object.Spec
			if *spec.HolderIdentity != test.holder || *spec.LeaseDurationSeconds != test.seconds || *spec.LeaseTransitions != test.transitions || !spec.AcquireTime.Time.Equal(test.acquired) || !spec.RenewTime.Time.Equal(noon.Truncate(time.Microsecond)) {
				t.Errorf("got %+v", spec)
			}
			if object.ResourceVersion != "7" || object.Labels["team"] != "platform" || *spec.Strategy != "OldestEmulationVersion" {
				t.Errorf("got %+v and strategy %v, want what others wrote left as it was", object.ObjectMeta, spec.Strategy)
			}
		})
	}
	if diff := cmp.Diff("a_1", *asKubernetes(t, read(t, stored)).Spec.HolderIdentity); diff != "" {
		t.Errorf("writing changed what was read: %s", diff)
	}
}

// TestWhatAPersonWroteIsMended: none of it is sent back to a server that refuses it.
func TestWhatAPersonWroteIsMended(t *testing.T) {
	for _, spec := range []string{
		`{}`,
		`null`,
		`{"holderIdentity":null,"leaseTransitions":null}`,
		`{"holderIdentity":"b_2","acquireTime":"yesterday","leaseDurationSeconds":0,"leaseTransitions":2147483647}`,
		`{"holderIdentity":"a_1","acquireTime":"yesterday","renewTime":"tomorrow","leaseDurationSeconds":2147483648,"leaseTransitions":-5}`,
	} {
		object := asKubernetes(t, read(t, `{"kind":"Lease","metadata":{"name":"exporter","resourceVersion":"7"},"spec":`+spec+`}`).heldBy("a_1", noon))
		if s := object.Spec; *s.HolderIdentity != "a_1" || *s.LeaseDurationSeconds != 30 || *s.LeaseTransitions < 0 || s.AcquireTime.IsZero() || s.RenewTime.IsZero() {
			t.Errorf("%s: got %+v", spec, s)
		}
	}
	asKubernetes(t, read(t, `{"kind":"Lease","metadata":{"name":"exporter","resourceVersion":"7"}}`).heldBy("a_1", noon))
}

// TestWhatIsNoLeaseIsRefused: what has no version would be replaced whatever is there.
func TestWhatIsNoLeaseIsRefused(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, `null`, `"x"`,
		`{"kind":"Lease","metadata":{"name":"exporter"}}`,
		`{"kind":"Lease","metadata":{"name":"exporter","resourceVersion":""}}`,
		`{"kind":"Lease","metadata":{"name":"exporter","resourceVersion":7}}`,
		`{"kind":"Lease","metadata":{"name":"other","resourceVersion":"7"}}`,
		`{"kind":"Secret","metadata":{"name":"exporter","resourceVersion":"7"}}`,
		`{"kind":"Lease","metadata":[],"spec":{}}`,
		`{"kind":"Lease","metadata":{"name":"exporter","resourceVersion":"7"},"spec":[]}`,
		`{"kind":"Lease","metadata":{"name":"exporter","resourceVersion":"7"},"spec":{"holderIdentity":1}}`,
		`{"kind":"Lease","metadata":{"name":"exporter","resourceVersion":"7"},"spec":{"renewTime":{}}}`,
		`{"kind":"Lease","metadata":{"name":"exporter","resourceVersion":"7"},"spec":{"leaseTransitions":"4"}}`,
		`{"kind":"Lease","metadata":{"name":"exporter","resourceVersion":"7"},"spec":{"leaseTransitions":1e99}}`,
	} {
		l := lease{name: "exporter"}
		err := l.UnmarshalJSON([]byte(text))
		if reason.Of(err) != reason.MalformedResponse {
			t.Errorf("%s: got %v, want it refused", text, err)
		}
	}
}
