package suite

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// TestAPrintedTokenIsFound plants secrets in a file of a run, in clear and within
// what is encoded: the artefacts' criterion is named, and the secret is not.
func TestAPrintedTokenIsFound(t *testing.T) {
	random := "q7RkT2mWx9LpZc4VbN8sHd3Fg" // of no server
	for name, secret := range map[string]string{
		"a token of a Vault":    "hv" + "s." + random,
		"a batch token":         "hv" + "b." + random,
		"a token of Kubernetes": "ey" + "J" + random + ".ey" + "J" + random + "." + random,
		"a private key":         "-----BEGIN EC PRIVATE" + " KEY-----\n" + random,
		"a key of age":          "AGE-SECRET" + "-KEY-1" + strings.ToUpper(random+random),
	} {
		planted := map[string]string{"in clear": "level=info msg=" + secret + "\n"}
		if strings.Contains(name, "Vault") || strings.Contains(name, "private") {
			for shift := range 3 {
				planted[fmt.Sprintf("as base64, %d behind", shift)] = `{"token":"` + base64.StdEncoding.EncodeToString([]byte("abc"[:shift]+secret)) + `"}`
			}
		}
		for how, content := range planted {
			t.Run(name+" "+how, func(t *testing.T) {
				root := t.TempDir()
				file := filepath.Join(root, Reports, "logs", "unit.log")
				if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o750), os.WriteFile(file, []byte("one\n"+content), 0o600)); err != nil {
					t.Fatal(err)
				}
				rows, err := scanFolder(root, Reports)
				if err != nil || len(rows) == 0 || !strings.HasPrefix(rows[0].Why, "line 2: ") || strings.Contains(fmt.Sprint(rows), random) {
					t.Errorf("got %v, %v, want the second line named, and not the secret", rows, err)
				}
				judged(t, evidence.Record{Suite: gate.SuiteArtefacts, Rows: rows}, map[string]evidence.Result{"token-bytes": evidence.Failed})
			})
		}
	}
	for _, harmless := range []string{
		"hvs.EXAMPLE0example0EXAMPLE0", "hvs.CANARYcanaryCANARY012345", "hvs. a space", "hvs.short",
		"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", strings.Repeat("A", 4096),
	} {
		if found := leaks([]byte(harmless)); len(found) > 0 {
			t.Errorf("%q: got %q, want nothing", harmless, found)
		}
	}
}

func TestImagesThatAreRefused(t *testing.T) {
	good := lab.ImageFacts{Image: "i", User: "65534", Size: 1 << 20, Files: []string{"/bin/vault-health-exporter", "/bin/token-broker", "/etc/ssl/certs/ca.pem"}}
	judged(t, evidence.Record{Suite: gate.SuiteImages, Rows: imageRows(good)}, map[string]evidence.Result{"images": evidence.Verified})
	for name, spoil := range map[string]func(*lab.ImageFacts){
		"root":          func(f *lab.ImageFacts) { f.User = "0:0" },
		"nobody named":  func(f *lab.ImageFacts) { f.User = "" },
		"a shell":       func(f *lab.ImageFacts) { f.Files = append(f.Files, "/bin/sh") },
		"a binary less": func(f *lab.ImageFacts) { f.Files = f.Files[:1] },
		"large":         func(f *lab.ImageFacts) { f.Size = imageLimit + 1 },
		"unknown size":  func(f *lab.ImageFacts) { f.Size = 0 },
	} {
		bad := good
		spoil(&bad)
		t.Run(name, func(t *testing.T) {
			judged(t, evidence.Record{Suite: gate.SuiteImages, Rows: imageRows(bad)}, map[string]evidence.Result{"images": evidence.Failed})
		})
	}
}

func TestCapabilities(t *testing.T) {
	const safe = `{"allowPrivilegeEscalation":false,"readOnlyRootFilesystem":true,"capabilities":{"drop":["ALL"]}}`
	objects := func(image, context string) string {
		return `{"items":[{"kind":"CronJob","metadata":{"name":"broker"},"spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"` +
			image + `","securityContext":` + context + `}]}}}}}}]}`
	}
	for name, c := range map[string]struct {
		objects string
		want    evidence.Result
	}{
		"safe":           {objects("ours", safe), evidence.Verified},
		"not ours":       {objects("other", safe), evidence.Unknown},
		"no object":      {`{"items":[]}`, evidence.Unknown},
		"no JSON":        {`error: forbidden`, evidence.Unknown},
		"nothing said":   {objects("ours", `{}`), evidence.Failed},
		"one added":      {objects("ours", strings.Replace(safe, `"drop"`, `"add":["SYS_ADMIN"],"drop"`, 1)), evidence.Failed},
		"privileged":     {objects("ours", strings.Replace(safe, `{"allow`, `{"privileged":true,"allow`, 1)), evidence.Failed},
		"writable files": {objects("ours", strings.Replace(safe, `Filesystem":true`, `Filesystem":false`, 1)), evidence.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			judged(t, evidence.Record{Suite: gate.SuiteImages, Rows: capabilityRows(c.objects, "ours")}, map[string]evidence.Result{"images": c.want})
		})
	}
}

// TestToolsThatCannotLook holds that what no tool could look at is unknown, also
// where it printed nothing wrong.
func TestToolsThatCannotLook(t *testing.T) {
	gosec := func(text string, exit int) []evidence.Row { return gosecRows([]byte(text), exit, nil) }
	static := func(text string, exit int) []evidence.Row { return staticcheckRows([]byte(text), exit, nil) }
	const issue = `{"Issues":[{"severity":"HIGH","rule_id":"G402","details":"TLS","file":"a.go","line":"3"}],"Stats":{"files":2}}`
	for name, c := range map[string]struct {
		rows []evidence.Row
		want evidence.Result
		why  string
	}{
		"gosec, nothing":          {gosec(`{"Issues":[],"Stats":{"files":2}}`, 0), evidence.Verified, ""},
		"gosec, a finding":        {gosec(issue, 1), evidence.Failed, "HIGH: a.go:3: TLS (G402)"},
		"gosec, no file":          {gosec(`{"Issues":[],"Stats":{"files":0}}`, 0), evidence.Unknown, ""},
		"gosec, a broken package": {gosec(`{"Golang errors":{"a.go":[]},"Issues":[],"Stats":{"files":2}}`, 0), evidence.Unknown, ""},
		"gosec, no words":         {gosec("", 1), evidence.Unknown, ""},
		"staticcheck, nothing":    {static("", 0), evidence.Verified, ""},
		"staticcheck, a finding":  {static(`{"code":"SA1","message":"m","location":{"file":"a.go","line":3}}`, 1), evidence.Failed, "a.go:3: m (SA1)"},
		"staticcheck, no words":   {static("", 1), evidence.Unknown, ""},
		"staticcheck, gone":       {staticcheckRows(nil, 0, errors.New("no such file")), evidence.Unknown, ""},
	} {
		if len(c.rows) != 1 || c.rows[0].Result != c.want || c.want == evidence.Failed && c.rows[0].Why != c.why {
			t.Errorf("%s: got %+v, want %s %s", name, c.rows, c.want, c.why)
		}
	}
}

func TestReachableVulnerabilities(t *testing.T) {
	const config = `{"config":{"protocol_version":"v1.0.0"}}` + "\n"
	called := `{"finding":{"osv":"GO-2026-1","trace":[{"module":"m","function":"F"}]}}` + "\n"
	imported := `{"finding":{"osv":"GO-2026-2","trace":[{"module":"m"}]}}` + "\n"
	found, err := reachable([]byte(config + called + called + imported))
	if err != nil || len(found) != 1 || found[0] != "GO-2026-1 in m" {
		t.Errorf("got %q, %v, want the one that is called, once", found, err)
	}
	for _, nothing := range []string{"", "govulncheck: no network", config + "{"} {
		if found, err := reachable([]byte(nothing)); err == nil {
			t.Errorf("%q: got %q, want an error: nothing is known", nothing, found)
		}
	}
}

// beerware is a short licence that is not accepted.
const beerware = `"THE BEER-WARE LICENSE" (Revision 42): <phk@FreeBSD.ORG> wrote this file. As long as you retain this notice you
can do whatever you want with this stuff. If we meet some day, and you think this stuff is worth it, you can buy me a beer in
return Poul-Henning Kamp`

func TestLicences(t *testing.T) {
	apache, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"accepted":     {map[string]string{"LICENSE": string(apache)}, ""},
		"none":         {map[string]string{"README": "free"}, "got no file with one of the licences"},
		"own words":    {map[string]string{"LICENSE": "Do what you like."}, "got no file with one of the licences"},
		"not accepted": {map[string]string{"COPYING": beerware}, "got no file with one of the licences"},
	} {
		folder := t.TempDir()
		for file, content := range c.files {
			if err := os.WriteFile(filepath.Join(folder, file), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		wrong, err := unaccepted(folder)
		if err != nil || (len(wrong) == 0) != (c.want == "") || !strings.Contains(strings.Join(wrong, "; "), c.want) {
			t.Errorf("%s: got %q, %v, want %q", name, wrong, err, c.want)
		}
	}
}

func TestBenchmarks(t *testing.T) {
	got := benchmarks([]byte("goos: linux\nBenchmarkSlot-2   \t 100\t  9000 ns/op\t 2000 cpu-ns/op\t 12 B/op\nBenchmarkSlot-2 \t 100\t 1900 ns/op\t 1500.5 cpu-ns/op\nBenchmarkRequest \t 1 \t 900 ns/op\t 100 cpu-ns/op\nPASS\n"))
	if len(got) != 2 || got["BenchmarkSlot"] != 1500.5 || got["BenchmarkRequest"] != 100 {
		t.Errorf("got %v, want the shortest time of each", got)
	}
}
