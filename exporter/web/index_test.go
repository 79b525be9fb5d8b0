package web

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/runner"
)

// rows are the names in the index, in its order.
func rows(body string) (names []string) {
	for _, m := range regexp.MustCompile(`<li id="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		names = append(names, m[1])
	}
	return names
}

func TestSeveralFlowsAreIndexedTheWorstFirst(t *testing.T) {
	bad, blind, idle := revoked(), green(), green()
	bad.Flow, blind.Flow, idle.Flow = "z-bad", "y-blind", "x-idle"
	blind.Verdict.Result = flow.Inconclusive
	idle.Checked = before(5 * time.Minute)
	server := serve(t, &exporter{snapshots: []runner.Snapshot{nasGone(), idle, blind, bad}})
	body := ask(t, "GET", server.URL+"/").body
	if diff := cmp.Diff([]string{"z-bad", "x-idle", "y-blind", "qnap"}, rows(body)); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{
		"<title>DOWN: 1 of 4 token flows</title>", `<meta http-equiv="refresh" content="30">`, `href="?flow=z-bad"`,
		"<b>4</b> all", "<b>1</b> bad", "<b>1</b> inconclusive", "<b>1</b> degraded", "<b>1</b> good", "1 to 4 of 4, the worst first",
		"The exporter has not looked for 5 min.", "Applications do NOT get a working token: Token broker is broken",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the index lacks %q", want)
		}
	}
	one := ask(t, "GET", server.URL+"/?flow=qnap").body
	if !strings.Contains(one, "<title>Degraded: token flow qnap</title>") || !strings.Contains(one, `<a href=".">all 4 flows</a>`) || len(rows(one)) > 0 {
		t.Error("the page of one flow is another, or leads to no index")
	}
	if strings.Contains(page(t, green()), `aria-label="Flows"`) {
		t.Error("the page of one flow has an index")
	}
}

func TestTheIndexIsSearched(t *testing.T) {
	server := serve(t, &exporter{snapshots: fleet(500)})
	for _, test := range []struct{ query, first, says string }{
		{"", "nas-0017", "1 to 100 of 500"},
		{"?page=5", "nas-0399", "401 to 500 of 500"},
		{"?page=99", "nas-0399", "401 to 500 of 500"},
		{"?result=bad", "nas-0017", "1 to 2 of 2"},
		{"?result=degraded&name=27", "nas-0273", "1 to 1 of 1"},
		{"?result=unchecked", "nas-0008", "1 to 1 of 1"},
		{"?name=nowhere", "", "No flow is like that."},
		{"?result=skipped", "", "No flow is like that."},
	} {
		body := ask(t, "GET", server.URL+"/"+test.query).body
		names := rows(body)
		if !strings.Contains(body, test.says) || test.first != "" && (len(names) == 0 || names[0] != test.first) {
			t.Errorf("%s: got %v, want %s first and %q", test.query, names, test.first, test.says)
		}
	}
	body := ask(t, "GET", server.URL+"/?result=good&page=2").body
	for _, want := range []string{`rel="prev" href="?result=good"`, `rel="next" href="?page=3&amp;result=good"`, `aria-current="true"><b>490</b> good`, `<input type="hidden" name="result" value="good">`} {
		if !strings.Contains(body, want) {
			t.Errorf("the second page lacks %q", want)
		}
	}
}

func TestThePageSaysItsShard(t *testing.T) {
	handler := New(&exporter{snapshots: fleet(3)}, http.NotFoundHandler(), func() time.Time { return at }, Options{Shard: "1/4"})
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
	if !strings.Contains(answer.Body.String(), "shard 1/4 of the flows") || strings.Contains(page(t, green()), "shard") {
		t.Error("the page does not say which shard it has, or names one where there is none")
	}
}

func TestWrongQueriesAreRefused(t *testing.T) {
	server := serve(t, &exporter{})
	for query, want := range map[string]int{
		"?result=fine": http.StatusBadRequest, "?page=0": http.StatusBadRequest, "?page=x": http.StatusBadRequest, "?%zz": http.StatusBadRequest,
		"?name=" + strings.Repeat("x", 33): http.StatusBadRequest, "?flow=nowhere": http.StatusNotFound, "?flow=qnap": http.StatusOK, "?utm=x": http.StatusOK,
	} {
		if got := ask(t, "GET", server.URL+"/"+query); got.status != want {
			t.Errorf("%s: got %d, want %d", query, got.status, want)
		}
	}
}

// index renders the index of the flows, as the handler does.
func index(t testing.TB, source *exporter) (render func() int) {
	t.Helper()
	handler := servePage(source, Options{}, func() time.Time { return at })
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	return func() int {
		var body bytes.Buffer
		handler(&recorder{header: http.Header{}, body: &body}, request)
		return body.Len()
	}
}

// recorder is a client that takes everything.
type recorder struct {
	header http.Header
	body   io.Writer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(int)             {}
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

// TestTheIndexDoesNotGrowWithTheFlows: a page has a hundred of them at most.
func TestTheIndexDoesNotGrowWithTheFlows(t *testing.T) {
	few, many := index(t, &exporter{snapshots: fleet(500)}), index(t, &exporter{snapshots: fleet(5000)})
	if got := many(); got > 200_000 {
		t.Errorf("got %d bytes for 5,000 flows, want at most 200,000", got)
	}
	a, b := testing.AllocsPerRun(5, func() { few() }), testing.AllocsPerRun(5, func() { many() })
	t.Logf("500 flows: %d bytes, %.0f allocations; 5,000 flows: %d bytes, %.0f allocations", few(), a, many(), b)
	if b > 1.2*a {
		t.Errorf("got %.0f allocations for 5,000 flows, want about as many as for 500: %.0f", b, a)
	}
}

// BenchmarkIndex renders the index of many flows.
func BenchmarkIndex(b *testing.B) {
	for _, flows := range []int{100, 5000} {
		b.Run(fmt.Sprint(flows), func(b *testing.B) {
			render := index(b, &exporter{snapshots: fleet(flows)})
			b.ReportAllocs()
			for b.Loop() {
				b.SetBytes(int64(render()))
			}
		})
	}
}
