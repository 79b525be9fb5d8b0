package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"homelab.io/vault-health-exporter/exporter/runner"
)

var (
	//go:embed page.html index.html flow.html
	templates embed.FS
	//go:embed style.css
	style []byte

	pageTemplate = template.Must(template.ParseFS(templates, "*.html"))

	// styleURL changes with the stylesheet, so that a browser may keep it for
	// ever and still never shows a page of one version in the style of another.
	// It is relative, like every link, so that the page works behind a prefix.
	styleURL = func() string {
		sum := sha256.Sum256(style)
		return "style.css?" + hex.EncodeToString(sum[:8])
	}()
)

// After how many seconds the page reloads itself: whoever looks for a flow in the
// index may be typing.
const (
	flowRefresh  = 5
	indexRefresh = 30
)

func servePage(src Source, options Options, now func() time.Time) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		wanted, err := parseQuery(r.URL.RawQuery)
		if err != nil {
			writeText(w, http.StatusBadRequest, err.Error()+"\n")
			return
		}
		view, ok := newPage(src, wanted, now())
		if !ok {
			writeText(w, http.StatusNotFound, "no flow of that name is configured here\n")
			return
		}
		view.Version, view.Shard, view.StyleURL = options.Version, options.Shard, styleURL
		if options.Election != nil {
			view.Election = options.Election()
		}
		var page bytes.Buffer
		if err := pageTemplate.ExecuteTemplate(&page, "page.html", view); err != nil {
			writeText(w, http.StatusInternalServerError, "rendering the page failed\n")
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = page.WriteTo(w)
	}
}

// newPage makes the view of what is wanted; ok is false where there is no such
// flow. Where there is one flow only, its page is the index.
func newPage(src Source, wanted query, now time.Time) (p pageView, ok bool) {
	all := src.Summaries()
	p = pageView{Now: exact(now), Flows: len(all), Refresh: flowRefresh, Title: "Token flow"}
	if wanted.flow == "" && len(all) > 1 {
		p.Index, p.Refresh, p.Title = newIndex(all, wanted, now), indexRefresh, indexTitle(all, now)
		return p, true
	}
	if wanted.flow == "" && len(all) == 1 {
		wanted.flow = all[0].Flow
	}
	if wanted.flow == "" {
		return p, true
	}
	s, ok := src.Snapshot(wanted.flow)
	if ok {
		v := newFlow(s, now)
		p.Flow, p.Title = &v, toneWords[v.Tone]+": token flow "+v.Name
	}
	return p, ok
}

// toneWords begin what a browser's tab shows.
var toneWords = map[tone]string{toneOK: "OK", toneUnknown: "Unknown", toneWarn: "Degraded", toneBad: "DOWN"}

// indexTitle says the worst state, and of how many flows it is.
func indexTitle(all []runner.Summary, now time.Time) string {
	worst, flows := -1, 0
	var of tone
	for _, s := range all {
		switch r := rank(s, now); {
		case r > worst:
			worst, flows, of = r, 1, newHeadline(s, now).tone
		case r == worst:
			flows++
		}
	}
	return fmt.Sprintf("%s: %d of %d token flows", toneWords[of], flows, len(all))
}

func serveStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(style)
}
