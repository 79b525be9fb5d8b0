package leader

import (
	"encoding/json"
	"math"
	"time"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// group is the API of Leases.
const group = "apis/coordination.k8s.io/v1"

// microTime is the form of a Lease's times.
const microTime = "2006-01-02T15:04:05.000000Z07:00"

// record is what a candidate says in a Lease. The times are those of its
// machine's clock, so they are kept as they were written, and compared with
// nothing but what was there before.
type record struct {
	Holder      string `json:"holderIdentity"`
	Acquired    string `json:"acquireTime"`
	Renewed     string `json:"renewTime"`
	Transitions int64  `json:"leaseTransitions"`
}

// lease is a Lease as it was read: what is in it beside the record is written
// back as it was.
type lease struct {
	name, version  string // version is "" where there is none yet
	metadata, spec map[string]json.RawMessage
	record         record
}

// newLease is one that nobody holds and that is not there yet.
func newLease(namespace, name string) lease {
	return lease{
		name:     name,
		metadata: map[string]json.RawMessage{"name": raw(name), "namespace": raw(namespace)},
	}
}

// UnmarshalJSON implements json.Unmarshaler. A Lease without its version is
// refused: to replace it would be to replace whatever is there by then.
func (l *lease) UnmarshalJSON(data []byte) error {
	var object struct {
		Kind           string
		Metadata, Spec json.RawMessage
	}
	var own struct{ Name, ResourceVersion string }
	refused := reason.Errorf(reason.MalformedResponse, "got what is not a whole Lease of that name")
	if json.Unmarshal(data, &object) != nil || json.Unmarshal(object.Metadata, &l.metadata) != nil || json.Unmarshal(object.Metadata, &own) != nil {
		return refused
	}
	if object.Spec != nil && (json.Unmarshal(object.Spec, &l.spec) != nil || json.Unmarshal(object.Spec, &l.record) != nil) {
		return refused
	}
	if object.Kind != "Lease" || own.Name != l.name || own.ResourceVersion == "" {
		return refused
	}
	l.version = own.ResourceVersion
	return nil
}

// MarshalJSON implements json.Marshaler.
func (l lease) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": l.metadata, "spec": l.spec})
}

// heldBy is the Lease as the candidate writes it that takes or renews it.
func (l lease) heldBy(identity string, at time.Time) lease {
	next := l.record
	if _, err := time.Parse(microTime, next.Acquired); next.Holder != identity || err != nil {
		next.Acquired = at.UTC().Format(microTime)
	}
	if next.Holder != identity && l.version != "" {
		next.Transitions++ // from somebody; the first one does not count
	}
	if next.Transitions < 0 || next.Transitions > math.MaxInt32 {
		next.Transitions = 0
	}
	next.Holder = identity
	return l.with(next, at, duration)
}

// released is the Lease as the candidate writes it that gives it up.
func (l lease) released(at time.Time) lease {
	next := l.record
	next.Holder, next.Acquired = "", at.UTC().Format(microTime)
	return l.with(next, at, time.Second)
}

func (l lease) with(r record, at time.Time, lasts time.Duration) lease {
	r.Renewed = at.UTC().Format(microTime)
	spec := map[string]json.RawMessage{}
	for key, value := range l.spec {
		spec[key] = value
	}
	spec["holderIdentity"], spec["leaseDurationSeconds"] = raw(r.Holder), raw(int(lasts.Seconds()))
	spec["acquireTime"], spec["renewTime"], spec["leaseTransitions"] = raw(r.Acquired), raw(r.Renewed), raw(r.Transitions)
	l.spec, l.record = spec, r
	return l
}

// raw is a string or a number as JSON, which every one can be.
func raw(v any) json.RawMessage {
	text, _ := json.Marshal(v)
	return text
}
