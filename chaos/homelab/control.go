package homelab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"text/tabwriter"

	"homelab.io/vault-health-exporter/chaos"
)

// Control returns the handler that breaks and heals: POST /break/NAME, POST
// /heal/NAME, and GET / for the list, as text or, when asked for, as JSON. It
// refuses what another site's page in a browser sends, also where that site's
// name was made to lead here.
func (h *Homelab) Control() http.Handler {
	return byAddress(http.NewCrossOriginProtection().Handler(http.HandlerFunc(h.control)))
}

// byAddress serves whoever asked for an address or for localhost. To a browser,
// a name that leads here is a site of its own, and it may be anybody's.
func byAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host // without a port
		}
		if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err != nil && host != "localhost" {
			say(w, http.StatusForbidden, "Ask for an address or for localhost, not for a name.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (h *Homelab) control(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/" {
		h.list(w, r)
		return
	}
	action, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	do, done := h.Break, "broken"
	switch action {
	case "break":
	case "heal":
		do, done = h.Heal, "healed"
	default:
		say(w, http.StatusNotFound, "There is nothing at %q. Try GET /, POST /break/NAME or POST /heal/NAME.", r.URL.Path)
		return
	}
	fault, err := find(name)
	switch {
	case err != nil:
		say(w, http.StatusNotFound, "%s", err)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		say(w, http.StatusMethodNotAllowed, "%s does not %s anything. Use POST /%s/%s.", r.Method, action, action, name)
	default:
		if err := do(name); err != nil {
			say(w, http.StatusInternalServerError, "%s", err)
			return
		}
		say(w, http.StatusOK, "%s: %s", done, summary(fault))
	}
}

func say(w http.ResponseWriter, code int, format string, args ...any) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = fmt.Fprintf(w, format+"\n", args...) // #nosec G705 -- plain text; a client that left is nobody's fault
}

// summary says what the fault does and what the exporter must make of it.
func summary(f chaos.Fault) string {
	if f.Hop == "" {
		return fmt.Sprintf("%s. %s The exporter blames nothing once the copiers have run.", f.Name, f.Does)
	}
	return fmt.Sprintf("%s. %s The exporter blames %s: %s.", f.Name, f.Does, f.Hop, f.Reason)
}

// listed is a fault in the list, as JSON.
type listed struct {
	Name   string `json:"name"`
	Broken bool   `json:"broken"`
	Hop    string `json:"hop"`
	Reason string `json:"reason"`
	Does   string `json:"does"`
}

func (h *Homelab) list(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		say(w, http.StatusMethodNotAllowed, "%s / does nothing. Use POST /break/NAME or POST /heal/NAME.", r.Method)
		return
	}
	var faults []listed
	for _, f := range h.Faults() {
		faults = append(faults, listed{Name: f.Name, Broken: f.Broken, Hop: string(f.Hop), Reason: string(f.Reason), Does: f.Does})
	}
	if r.URL.Query().Get("format") == "json" || strings.Contains(r.Header.Get("Accept"), "application/json") {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(faults) // a client that left is nobody's fault
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(table(faults))
}

func table(faults []listed) []byte {
	var out bytes.Buffer
	out.WriteString("POST /break/NAME breaks, POST /heal/NAME heals.\n\n")
	columns := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	// A buffer takes everything, so nothing below fails.
	_, _ = fmt.Fprintln(columns, "STATE\tNAME\tBLAMES\tDOES")
	for _, f := range faults {
		state, blames := "ok", "nothing"
		if f.Broken {
			state = "BROKEN"
		}
		if f.Hop != "" {
			blames = f.Hop + ": " + f.Reason
		}
		_, _ = fmt.Fprintf(columns, "%s\t%s\t%s\t%s\n", state, f.Name, blames, f.Does)
	}
	_ = columns.Flush()
	return out.Bytes()
}
