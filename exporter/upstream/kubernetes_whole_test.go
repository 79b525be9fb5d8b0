package upstream_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// TestAWholeListOrNone: what a part of a list says of the rest is that it is gone.
func TestAWholeListOrNone(t *testing.T) {
	const limit = 250
	for _, test := range []struct {
		name   string
		items  int
		broken map[int]string // a page by its number, from 0 on
		want   reason.Reason
	}{
		{"several pages", limit, nil, ""},
		{"nothing", 0, nil, ""},
		{"one item too many", limit + 1, nil, reason.MalformedResponse},
		{"many too many", 10 * limit, nil, reason.MalformedResponse},
		{"what asks for the next page has expired", 150, map[int]string{1: "410 "}, reason.HTTPUnexpected},
		{"a page is refused", 150, map[int]string{1: "403 "}, reason.Forbidden},
		{"a page is cut off", 150, map[int]string{1: `200 {"items":[{"Name":"1"},`}, reason.MalformedResponse},
		{"a page is no list", 150, map[int]string{1: `200 {"kind":"Status"}`}, reason.MalformedResponse},
		{"pages without an end and without an item", 0, map[int]string{0: `200 {"metadata":{"continue":"0"},"items":[]}`}, reason.MalformedResponse},
		{"all in one page", 0, map[int]string{0: `200 {"items":[` + strings.Repeat(`{"Name":"x"},`, 10*limit) + `{}]}`}, reason.MalformedResponse},
		{"large objects", 0, map[int]string{0: `200 {"items":[` + strings.Repeat(`{"rest":"`+strings.Repeat("y", 1<<20)+`"},`, 20) + `{}]}`}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				from, _ := strconv.Atoi(r.URL.Query().Get("continue"))
				w.Header().Set("Content-Type", "application/json")
				if status, body, ok := strings.Cut(test.broken[from/100], " "); ok {
					code, _ := strconv.Atoi(status)
					w.WriteHeader(code)
					_, _ = io.WriteString(w, body)
					return
				}
				var items []string
				for i := from; i < min(from+100, test.items); i++ {
					items = append(items, fmt.Sprintf(`{"Name":"%d"}`, i))
				}
				next := ""
				if from+100 < test.items {
					next = strconv.Itoa(from + 100)
				}
				_, _ = fmt.Fprintf(w, `{"metadata":{"continue":%q},"items":[%s]}`, next, strings.Join(items, ","))
			}))
			defer server.Close()
			client, err := upstream.OpenKubernetes(kubeAt(t, server.URL, "", ""), &upstream.Trace{})
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			err = upstream.ListWhole(t.Context(), client, "api/v1", "configmaps", "a in (b, c)", limit, func(item) error { seen++; return nil })
			if reason.Of(err) != test.want || err == nil && test.broken == nil && seen != test.items || seen > limit {
				t.Errorf("got %d items and %v, want %d and reason %q", seen, err, test.items, test.want)
			}
		})
	}
}

// TestWhoVisitsAListEndsIt.
func TestWhoVisitsAListEndsIt(t *testing.T) {
	server := answers(t, 200, http.Header{"Content-Type": {"application/json"}}, `{"items":[{},{},{}]}`)
	client, err := upstream.OpenKubernetes(kubeAt(t, server, "", ""), &upstream.Trace{})
	if err != nil {
		t.Fatal(err)
	}
	enough := reason.Errorf(reason.Config, "reading it: got enough")
	seen := 0
	err = upstream.ListWhole(t.Context(), client, "api/v1", "configmaps", "", 10, func(item) error { seen++; return enough })
	var got *reason.Error
	if !errors.As(err, &got) || got.Reason != reason.Config || !strings.Contains(err.Error(), "got enough") || seen != 1 {
		t.Errorf("got %v after %d items, want %v after one", err, seen, enough)
	}
}
