package homelab

import (
	"fmt"
	"net/http"
	"time"
)

// quota is a limit on the requests of one path.
type quota struct {
	path     string
	rate     int
	interval time.Duration
	used     int
	since    time.Time
}

// take counts a request; ok is false where the limit is used up.
func (q *quota) take(now time.Time) (ok bool) {
	if now.Sub(q.since) >= q.interval {
		q.since, q.used = now, 0
	}
	q.used++
	return q.used <= q.rate
}

// limited refuses a request that a quota has no room for.
func (v *vaultNode) limited(path string) (refusal reply, limited bool) {
	for _, q := range v.quotas {
		if q.path == path && !q.take(time.Now()) {
			return vaultErrors(http.StatusTooManyRequests, fmt.Sprintf("request path %q: rate limit quota exceeded", path)), true
		}
	}
	return reply{}, false
}

// writeQuota answers sys/quotas/rate-limit/NAME.
func (v *vaultNode) writeQuota(r *http.Request, name string, body []byte) reply {
	var request struct {
		Path     string `json:"path"`
		Rate     int    `json:"rate"`
		Interval string `json:"interval"`
	}
	if r.Method == http.MethodDelete {
		delete(v.quotas, name)
		return noContent()
	}
	if !writes(r) {
		return unsupported()
	}
	if err := parse(body, &request); err != nil {
		return vaultErrors(http.StatusBadRequest, err.Error())
	}
	interval, err := time.ParseDuration(request.Interval)
	if err != nil || request.Rate < 1 {
		return vaultErrors(http.StatusBadRequest, "'rate' and 'interval' must be greater than 0")
	}
	v.quotas[name] = &quota{path: request.Path, rate: request.Rate, interval: interval}
	return noContent()
}
