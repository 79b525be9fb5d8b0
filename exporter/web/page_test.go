package web

import (
	"regexp"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/exporter/runner"
)

func page(t *testing.T, snapshots ...runner.Snapshot) string {
	t.Helper()
	return ask(t, "GET", serve(t, &exporter{snapshots: snapshots}).URL+"/").body
}

func TestPageSaysWhatIsBroken(t *testing.T) {
	body := page(t, nasGone())
	for _, want := range []string{
		"<title>Degraded: token flow qnap</title>",
		`<meta http-equiv="refresh" content="5">`,
		"Applications are served, but NAS Vault is broken because the host does not answer connection attempts.",
		"<dt>What it costs</dt><dd>Applications notice nothing yet.", "<dt>What to do first</dt><dd>Is the NAS up?",
		"the last Job failed", "<code>job_failed</code>", "A consequence of NAS Vault.", `<span class="blame">Cause</span>`,
		"2026-11-03 03:00:44 UTC", "12 min", "4bf92f3577b34da6a3ce929d0e0e4736", "vault-health-exporter 1.2.3",
		`href="probe?debug=true&amp;flow=qnap&amp;hop=nas_vault"`, `href="metrics"`, `href="-/ready"`, `href="` + styleURL + `"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestPageNamesTheMistakesOfAFlow(t *testing.T) {
	s := green()
	s.Mistakes = runner.Mistakes{Found: []string{"flows.yaml:7: flows[0]: got an unknown key"}, More: 3, Effect: "The flow runs on with the configuration before."}
	body := page(t, s)
	for _, want := range []string{"<dd class=\"mistake\">flows.yaml:7: flows[0]: got an unknown key</dd>", "and 3 more.", "<dd>The flow runs on with the configuration before.</dd>"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page(t, green()), "<dt>Configuration</dt>") {
		t.Error("the page of a flow without a mistake has a place for them")
	}
}

func TestPageWarnsOfARootToken(t *testing.T) {
	if !strings.Contains(page(t, green()), "⚠ no TTL (root token)") {
		t.Error("the page does not warn of a root token without TTL")
	}
}

func TestPageEscapes(t *testing.T) {
	s := nasGone()
	const attack = `<script>alert("x")</script>`
	s.Failures[0].Text, s.Failures[0].TraceID = attack, attack
	s.Flow = attack
	body := page(t, s)
	if strings.Contains(body, "<script") || !strings.Contains(body, "&lt;script&gt;") {
		t.Error("the page does not escape text")
	}
}

func TestPageHasNoScriptAndNoForeignResource(t *testing.T) {
	second := revoked()
	second.Flow = "qnap-lab"
	server := serve(t, &exporter{snapshots: []runner.Snapshot{lived(nasGone(), nil), second}})
	body := ask(t, "GET", server.URL+"/").body + ask(t, "GET", server.URL+"/?flow=qnap").body
	for _, forbidden := range []string{"<script", "<iframe", "<img", " style=", " onclick="} {
		if strings.Contains(body, forbidden) {
			t.Errorf("the page contains %q", forbidden)
		}
	}
	for _, link := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		if strings.Contains(link[1], ":") || strings.HasPrefix(link[1], "/") {
			t.Errorf("the link %q is not relative to the page", link[1])
		}
	}
	if regexp.MustCompile(`@import|url\(`).Match(style) {
		t.Error("the stylesheet loads something else")
	}
}

func TestPageWithoutFlows(t *testing.T) {
	body := ask(t, "GET", serve(t, &exporter{snapshots: []runner.Snapshot{}}).URL+"/").body
	if !strings.Contains(body, "No flow is configured.") || !strings.Contains(body, "<title>Token flow</title>") {
		t.Errorf("got %s", body)
	}
}
