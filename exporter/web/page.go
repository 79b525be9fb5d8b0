package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"time"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed style.css
	style []byte

	pageTemplate = template.Must(template.New("page").Parse(pageHTML))

	// styleURL changes with the stylesheet, so that a browser may keep it for
	// ever and still never shows a page of one version in the style of another.
	// It is relative, like every link, so that the page works behind a prefix.
	styleURL = func() string {
		sum := sha256.Sum256(style)
		return "style.css?" + hex.EncodeToString(sum[:8])
	}()
)

func servePage(src Source, version string, now func() time.Time) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		var page bytes.Buffer
		err := pageTemplate.Execute(&page, newPage(src.Snapshots(), version, styleURL, now()))
		if err != nil {
			writeText(w, http.StatusInternalServerError, "rendering the page failed\n")
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = page.WriteTo(w)
	}
}

func serveStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(style)
}
