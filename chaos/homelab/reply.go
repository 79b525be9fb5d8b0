package homelab

import (
	"encoding/json"
	"io"
	"net/http"
)

// maxBody caps the body of a request, in bytes.
const maxBody = 1 << 20

// reply is an answer that was made under the lock and is written without it.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (p reply) write(w http.ResponseWriter) {
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.WriteHeader(p.status)
	_, _ = w.Write(p.body) // a client that left is nobody's fault
}

// encode returns v as JSON with a final newline, as json.Encoder writes it.
// What it is given holds nothing that JSON cannot.
func encode(v any) []byte {
	body, _ := json.Marshal(v)
	return append(body, '\n')
}

// readBody reads the request's body whole: net/http notices that a client has
// left only after that.
func readBody(r *http.Request) []byte {
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxBody)) // what was cut off is not JSON
	return body
}

// signInPage is what a captive portal answers.
func signInPage() reply {
	return reply{
		status: http.StatusOK,
		header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		body:   []byte("<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1></body></html>\n"),
	}
}

// notFoundPage is net/http's own 404, which Vault sends for what is not its API.
func notFoundPage() reply {
	return reply{
		status: http.StatusNotFound,
		header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}},
		body:   []byte("404 page not found\n"),
	}
}
