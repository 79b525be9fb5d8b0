package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPermitted(t *testing.T) {
	id := strings.Repeat("0a", 32)
	front := only(permitted("qnap-k3s-1"), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {}))
	for path, want := range map[string]int{
		"/_ping":                               http.StatusOK,
		"/v1.41/version":                       http.StatusOK,
		"/v1.41/containers/qnap-k3s-1/json":    http.StatusOK,
		"/v1.41/containers/qnap-k3s-1/exec":    http.StatusOK,
		"/v1.41/exec/" + id + "/start":         http.StatusOK,
		"/v1.41/exec/" + id + "/json":          http.StatusOK,
		"/v1.41/containers/json":               http.StatusForbidden,
		"/v1.41/containers/create":             http.StatusForbidden,
		"/v1.41/containers/other/json":         http.StatusForbidden,
		"/v1.41/containers/qnap-k3s-1/archive": http.StatusForbidden,
		"/v1.41/containers/qnap-k3s-1x/exec":   http.StatusForbidden,
		"/v1.41/images/json":                   http.StatusForbidden,
		"/v1.41/../containers/create":          http.StatusForbidden,
	} {
		recorder := httptest.NewRecorder()
		front.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
		if recorder.Code != want {
			t.Errorf("%s: got status %d, want %d", path, recorder.Code, want)
		}
	}
}
