package dashboards

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// answering starts a server that answers every query with one sample, or with
// none where it is "".
func answering(t *testing.T, sample string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := float64(time.Now().UnixMilli()) / 1e3
		kind, series := "vector", fmt.Sprintf(`{"metric":{},"value":[%f,%q]}`, at, sample)
		if strings.HasSuffix(r.URL.Path, "/query_range") {
			kind, series = "matrix", fmt.Sprintf(`{"metric":{},"values":[[%f,%q]]}`, at, sample)
		}
		if sample == "" {
			series = ""
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":%q,"result":[%s]}}`, kind, series)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestCheck(t *testing.T) {
	if err := Check(t.Context(), answering(t, "1")); err != nil {
		t.Errorf("every query is answered: got %v", err)
	}
	all := 0
	for _, d := range load(t) {
		all += len(queries(t, d))
	}
	for sample, want := range map[string]struct {
		text   string
		spared Allowance // the exceptions that it falls under
	}{
		"":     {"got no data", Empty},
		"NaN":  {"a finite number", ""},
		"+Inf": {"a finite number", ""},
	} {
		spared := 0
		for _, d := range load(t) {
			for _, q := range queries(t, d) {
				if want.spared != "" && exceptionFor(q) == want.spared {
					spared++
				}
			}
		}
		err := Check(t.Context(), answering(t, sample))
		if err == nil {
			t.Errorf("every query is answered with %q: got no error", sample)
			continue
		}
		if refused := strings.Count(err.Error(), want.text); refused != all-spared {
			t.Errorf("every query is answered with %q: got %d queries refused, want %d", sample, refused, all-spared)
		}
	}
	if err := Check(t.Context(), "http://127.0.0.1:1"); err == nil {
		t.Error("nobody answers: got no error")
	}
}

// TestExceptionsAreUsed keeps exceptions from outliving their panels.
func TestExceptionsAreUsed(t *testing.T) {
	panels := map[string]bool{}
	for _, d := range load(t) {
		for _, q := range queries(t, d) {
			panels[q.Panel], panels["dashboard "+q.Dashboard] = true, true
		}
	}
	for _, e := range Exceptions() {
		if !panels[e.Panel] || e.Why == "" {
			t.Errorf("%s: want such a panel and a reason", e.Panel)
		}
	}
}
