package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPagerKeepsWhatItIsTold(t *testing.T) {
	p := &pager{}
	for body, want := range map[string]int{
		`{"receiver":"page","alerts":[{"status":"firing","labels":{"alertname":"A"}},{"status":"resolved","labels":{"alertname":"B"}}]}`: http.StatusOK,
		`not JSON`: http.StatusBadRequest,
	} {
		w := httptest.NewRecorder()
		p.take(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
		if w.Code != want {
			t.Errorf("%s: got status %d, want %d", body, w.Code, want)
		}
	}
	w := httptest.NewRecorder()
	p.tell(w, httptest.NewRequest(http.MethodGet, "/", nil))
	var told []notification
	err := json.Unmarshal(w.Body.Bytes(), &told)
	if err != nil || len(told) != 2 || told[0].Labels["alertname"] != "A" || told[1].Status != "resolved" || told[0].Receiver != "page" {
		t.Errorf("got %+v and error %v", told, err)
	}
}
