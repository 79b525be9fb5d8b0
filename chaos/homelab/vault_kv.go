package homelab

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// maxVersions is the KV v2 engine's default: older versions are gone.
const maxVersions = 10

// kvStore is a KV v2 engine: the versions of each path, oldest first.
type kvStore map[string][]*kvVersion

type kvVersion struct {
	number           int
	data             map[string]any
	created, deleted time.Time
	destroyed        bool
}

func (v *kvVersion) readable() bool { return v.deleted.IsZero() && !v.destroyed }

func (v *kvVersion) metadata() map[string]any {
	deleted := ""
	if !v.deleted.IsZero() {
		deleted = vaultTime(v.deleted)
	}
	return map[string]any{
		"created_time":    vaultTime(v.created),
		"custom_metadata": nil,
		"deletion_time":   deleted,
		"destroyed":       v.destroyed,
		"version":         v.number,
	}
}

// metadata is that of a version, with what is noted about all versions.
func (v *vaultNode) metadata(path string, version *kvVersion) map[string]any {
	all := version.metadata()
	if notes := v.notes[path]; len(notes) > 0 {
		all["custom_metadata"] = notes
	}
	return all
}

func vaultTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// newest returns the newest version, or nil.
func (s kvStore) newest(path string) *kvVersion {
	versions := s[path]
	if len(versions) == 0 {
		return nil
	}
	return versions[len(versions)-1]
}

func (s kvStore) version(path string, number int) *kvVersion {
	for _, v := range s[path] {
		if v.number == number {
			return v
		}
	}
	return nil
}

func (s kvStore) put(path string, data map[string]any) *kvVersion {
	next := &kvVersion{number: 1, data: data, created: time.Now()}
	if last := s.newest(path); last != nil {
		next.number = last.number + 1
	}
	kept := s[path]
	if len(kept) >= maxVersions {
		kept = kept[len(kept)-maxVersions+1:]
	}
	s[path] = append(append([]*kvVersion{}, kept...), next)
	return next
}

// secret answers secret/data/PATH.
func (v *vaultNode) secret(r *http.Request, path string, body []byte) reply {
	switch r.Method {
	case http.MethodGet:
		return v.readSecret(r, path)
	case http.MethodPut, http.MethodPost, http.MethodPatch:
		return v.writeSecret(r, path, body)
	case http.MethodDelete:
		if newest := v.kv.newest(path); newest != nil && !newest.destroyed {
			newest.deletedNow(true)
		}
		return noContent()
	}
	return vaultErrors(http.StatusMethodNotAllowed, "unsupported operation")
}

func (v *vaultNode) readSecret(r *http.Request, path string) reply {
	found := v.kv.newest(path)
	if text := r.URL.Query().Get("version"); text != "" {
		number, err := strconv.Atoi(text)
		if err != nil {
			return vaultErrors(http.StatusBadRequest, fmt.Sprintf("Field validation failed: error converting input for field \"version\": cannot parse '' as int: strconv.ParseInt: parsing %q: invalid syntax", text))
		}
		if number != 0 { // 0 is the newest
			found = v.kv.version(path, number)
		}
	}
	if path == nasPath && v.name == NAS || path == mainPath && v.name == Main {
		found = v.shown(found)
	}
	if found == nil {
		return vaultErrors(http.StatusNotFound)
	}
	if v.at(flattened) {
		return flat(found.data)
	}
	if found.readable() {
		data := map[string]any{"data": maps.Clone(found.data), "metadata": v.metadata(path, found)}
		return envelope{Data: data, MountType: "kv"}.reply(http.StatusOK)
	}
	return withoutMount(envelope{Data: map[string]any{"data": nil, "metadata": v.metadata(path, found)}})
}

// withoutMount is the answer about a version that is deleted or destroyed. Vault
// builds it by another path, which shows: there is no mount type and no newline
// at the end.
func withoutMount(gone envelope) reply {
	answer := gone.reply(http.StatusNotFound)
	answer.body = answer.body[:len(answer.body)-1]
	return answer
}

// nothingThere is the answer to a PATCH of a secret that does not exist.
func nothingThere() reply { return reply{status: http.StatusNotFound, header: vaultHeader()} }

// writeSecret makes a new version, which of a PATCH is the newest one merged
// with what was sent.
func (v *vaultNode) writeSecret(r *http.Request, path string, body []byte) reply {
	var request struct {
		Data    map[string]any `json:"data"`
		Options struct {
			CAS *int `json:"cas"`
		} `json:"options"`
	}
	if err := parse(body, &request); err != nil {
		return vaultErrors(http.StatusInternalServerError, err.Error())
	}
	if request.Data == nil {
		return vaultErrors(http.StatusBadRequest, "no data provided")
	}
	current, last := 0, v.kv.newest(path)
	if last != nil {
		current = last.number
	}
	if r.Method == http.MethodPatch {
		switch {
		case r.Header.Get("Content-Type") != mergePatch:
			return notMergePatch(r)
		case last == nil:
			return nothingThere()
		case !last.readable():
			return withoutMount(envelope{Data: v.metadata(path, last)})
		}
		request.Data = merge(last.data, request.Data)
	}
	if cas := request.Options.CAS; cas != nil && *cas != current {
		return vaultErrors(http.StatusBadRequest, "check-and-set parameter did not match the current version")
	}
	written := v.kv.put(path, request.Data)
	v.lab.published(v, path, written)
	return envelope{Data: v.metadata(path, written), MountType: "kv"}.reply(http.StatusOK)
}

// parse reads the JSON of a request; an empty body is an empty request.
func parse(body []byte, into any) error {
	if len(body) == 0 {
		return nil
	}
	return json.Unmarshal(body, into)
}
