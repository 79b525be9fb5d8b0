package web

import (
	"fmt"
	"strconv"
	"time"
)

const (
	// timeoutHeader is how Prometheus says when it will hang up.
	timeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"
	// scrapeMargin is left for the answer to travel back.
	scrapeMargin = 500 * time.Millisecond
	// longestProbe bounds a probe that no scraper waits for; the flow's own
	// timeout is expected to end it much earlier.
	longestProbe = 2 * time.Minute
)

// scrapeTimeout returns how long a probe may take. A scraper that waits for no
// longer than the margin gets all of its time: an answer that may come too late
// is still better than a probe that had no time at all.
func scrapeTimeout(header string) (time.Duration, error) {
	if header == "" {
		return longestProbe, nil
	}
	seconds, err := strconv.ParseFloat(header, 64)
	// The comparison is false for NaN, which ParseFloat accepts.
	if err != nil || !(seconds >= 0) {
		return 0, fmt.Errorf("reading the header %s: got %q, want seconds", timeoutHeader, header)
	}
	if seconds == 0 || seconds > longestProbe.Seconds() {
		return longestProbe, nil
	}
	timeout := time.Duration(seconds * float64(time.Second))
	if timeout <= scrapeMargin {
		return timeout, nil
	}
	return timeout - scrapeMargin, nil
}
