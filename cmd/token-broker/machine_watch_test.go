package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

// watch sees every request of a rotation: it does what is due at this one, and
// holds that what is revoked may be.
func (w *machine) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if r.Context().Err() != nil {
			return // of a rotation that was killed
		}
		w.requests++
		due := w.requests == w.at
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if due && w.then != nil {
			w.then()
		}
		if strings.HasSuffix(r.URL.Path, "/secrets/nas-vault-token") {
			w.looked = w.requests
		}
		switch {
		case strings.HasSuffix(r.URL.Path, "/revoke-accessor"):
			w.revoking(body)
		case strings.HasPrefix(r.URL.Path, "/v1/auth/token/create"):
			recorder := answered(next, out, r)
			var reply struct{ Auth struct{ Accessor string } }
			_ = json.Unmarshal(recorder.Body.Bytes(), &reply)
			w.made[reply.Auth.Accessor] = true
			return
		case r.Method == http.MethodGet && r.URL.Path == "/v1/secret/data/"+w.path:
			w.read = w.real.accessor(w.real.published(w.path))
		case r.Method == http.MethodPut && r.URL.Path == "/v1/secret/data/"+w.path:
			if recorder := answered(next, out, r); recorder.Code < 300 {
				w.replaced[w.read] = true
				delete(w.handed, w.read)
				delete(w.untraced, w.read)
			}
			return
		case w.follow && (strings.HasSuffix(r.URL.Path, "/secrets/nas-vault-token") || strings.HasSuffix(r.URL.Path, "/nas/vault-token")):
			w.propagate()
		}
		next.ServeHTTP(out, r)
	})
}

// answered lets the server answer and returns its answer too.
func answered(next http.Handler, out http.ResponseWriter, r *http.Request) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	next.ServeHTTP(recorder, r)
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(recorder.Code)
	_, _ = out.Write(recorder.Body.Bytes())
	return recorder
}

// revoking holds that a token may be revoked: no copy and no application holds
// it, and a rotation made it or replaced it.
func (w *machine) revoking(body []byte) {
	var request struct{ Accessor string }
	_ = json.Unmarshal(body, &request)
	target := request.Accessor
	// What the world does between the last look and the revocation cannot be seen.
	unseen := w.at > w.looked && w.at <= w.requests
	for name, id := range w.copies() {
		switch {
		case target == "" || w.real.accessor(id) != target:
		case unseen:
			w.unseen[id] = true
		default:
			w.fault("revokes the token that the %s holds", name)
		}
	}
	switch {
	case target == "":
		w.fault("revokes a token without naming it")
	case !w.made[target] && !w.replaced[target]:
		w.fault("revokes a token that no rotation made or replaced (administrator: %v)", target == w.administrator)
	}
}
