package upstream

import (
	"encoding/json"
	"time"

	"homelab.io/vault-health-exporter/exporter/journal"
)

// openRotation is when the oldest rotation began that a secret's custom metadata
// say is open; zero where none is. Whatever else they hold is somebody else's:
// it fails no reading and is not kept.
type openRotation time.Time

// UnmarshalJSON implements json.Unmarshaler.
func (o *openRotation) UnmarshalJSON(raw []byte) error {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(raw, &all) // what is no object holds no entry
	notes := map[string]string{}
	for key, value := range all {
		var text string
		if journal.IsKey(key) && json.Unmarshal(value, &text) == nil {
			notes[key] = text
		}
		clear(value)
	}
	if entries, _ := journal.Parse(notes); len(entries) > 0 {
		*o = openRotation(entries[0].Began)
	}
	return nil
}
