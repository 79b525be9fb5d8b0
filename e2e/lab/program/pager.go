package main

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// pagerAddress is where the pager listens in its container.
const pagerAddress = ":8080"

// notification is one alert in one message that Alertmanager sent.
type notification struct {
	Received time.Time         `json:"received"`
	Receiver string            `json:"receiver"`
	Status   string            `json:"status"` // firing or resolved
	Labels   map[string]string `json:"labels"`
}

// pager stands where a paging service does: it keeps what it is told.
type pager struct {
	mu   sync.Mutex
	told []notification
}

// runPager serves until ctx ends: POST / takes Alertmanager's webhook, GET /
// returns everything so far.
func runPager(ctx context.Context, _ []string) int {
	p := &pager{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", p.take)
	mux.HandleFunc("GET /", p.tell)
	return listen(ctx, pagerAddress, mux)
}

func (p *pager) take(w http.ResponseWriter, r *http.Request) {
	var message struct {
		Receiver string `json:"receiver"`
		Alerts   []struct {
			Status string            `json:"status"`
			Labels map[string]string `json:"labels"`
		} `json:"alerts"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&message)
	if err != nil {
		http.Error(w, "reading the message: it is not Alertmanager's", http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, alert := range message.Alerts {
		p.told = append(p.told, notification{Received: time.Now(), Receiver: message.Receiver, Status: alert.Status, Labels: alert.Labels})
	}
}

func (p *pager) tell(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(append([]notification{}, p.told...))
}
