package homelab

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"homelab.io/vault-health-exporter/chaos"
)

func TestControl(t *testing.T) {
	lab := startLab(t)
	control := lab.Control()
	for _, test := range []struct {
		method, path, origin string
		code                 int
		want                 string
	}{
		{"GET", "/", "", 200, "ok seal nas_vault: sealed"},
		{"POST", "/break/seal", "", 200, "broken: seal. The NAS Vault is sealed. The exporter blames nas_vault: sealed."},
		{"POST", "/break/seal", "", 200, "broken: seal."},
		{"GET", "/", "", 200, "BROKEN seal nas_vault: sealed"},
		{"POST", "/heal/seal", "", 200, "healed: seal."},
		{"POST", "/break/rotate", "", 200, "The exporter blames nothing once the copiers have run."},
		{"GET", "/", "", 200, "ok rotate nothing"},
		{"POST", "/break/sael", "", 404, `finding the fault "sael": want one of docker-down, `},
		{"GET", "/break/seal", "", 405, "GET does not break anything. Use POST /break/seal."},
		{"DELETE", "/", "", 405, "DELETE / does nothing. Use POST /break/NAME or POST /heal/NAME."},
		{"GET", "/nope", "", 404, `There is nothing at "/nope". Try GET /, POST /break/NAME or POST /heal/NAME.`},
		{"POST", "/break/seal", "https://elsewhere.example", 403, ""},
	} {
		answer := call(control, test.method, test.path, "Origin", test.origin)
		// However wide the columns are.
		if said := strings.Join(strings.FieldsFunc(answer.Body.String(), func(r rune) bool { return r == ' ' }), " "); answer.Code != test.code || !strings.Contains(said, test.want) {
			t.Errorf("%s %s: got %d %q, want %d and %q", test.method, test.path, answer.Code, answer.Body, test.code, test.want)
		}
	}
}

// TestANameThatLeadsHereControlsNothing: a site whose name was pointed at
// loopback drove the demo out of a browser.
func TestANameThatLeadsHereControlsNothing(t *testing.T) {
	control := startLab(t).Control()
	for host, want := range map[string]int{
		"rebound.example:9846": 403, "rebound.example": 403, "": 403,
		"localhost:9846": 200, "127.0.0.1:9846": 200, "[::1]:9846": 200, "192.168.1.20": 200,
	} {
		request := httptest.NewRequest("POST", "/heal/seal", nil)
		request.Host = host
		answer := httptest.NewRecorder()
		control.ServeHTTP(answer, request)
		if answer.Code != want {
			t.Errorf("Host %q: got %d, want %d", host, answer.Code, want)
		}
	}
}

func call(handler http.Handler, method, path, header, value string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, nil)
	request.Host = "127.0.0.1:9846"
	if value != "" {
		request.Header.Set(header, value)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

func TestControlJSON(t *testing.T) {
	lab := startLab(t)
	defer undo(t, lab, fileEmpty)()
	for _, answer := range []*httptest.ResponseRecorder{
		call(lab.Control(), "GET", "/?format=json", "", ""),
		call(lab.Control(), "GET", "/", "Accept", "application/json"),
	} {
		var faults []listed
		if err := json.Unmarshal(answer.Body.Bytes(), &faults); err != nil {
			t.Fatal(err)
		}
		if len(faults) != len(chaos.Embedded()) {
			t.Errorf("got %d faults, want %d", len(faults), len(chaos.Embedded()))
		}
		for _, fault := range faults {
			if fault.Broken != (fault.Name == fileEmpty) {
				t.Errorf("%q: got broken %v", fault.Name, fault.Broken)
			}
		}
	}
}

// TestNoTokenLeaks lists every secret of a homelab and looks for it where it
// must not be: the control page, the errors, the configuration, and all files
// but the one that it belongs in.
func TestNoTokenLeaks(t *testing.T) {
	lab := startLab(t)
	control := lab.Control()
	var said strings.Builder
	said.Write(lab.Config())
	for _, fault := range lab.Faults() {
		for _, action := range []string{"/break/", "/heal/", "/nope/"} {
			said.WriteString(call(control, "POST", action+fault.Name, "", "").Body.String())
			said.WriteString(call(control, "GET", "/?format=json", "", "").Body.String())
			said.WriteString(call(control, "GET", "/", "", "").Body.String())
		}
	}
	home := map[string]string{lab.auth.nasToken: nasTokenFile, lab.auth.jwt: jwtFile, lab.auth.bearer: kubeconfigFile}
	lab.mu.Lock()
	defer lab.mu.Unlock()
	for _, v := range []*vaultNode{lab.nas, lab.main} {
		for token := range v.tokens.byID {
			if _, ok := home[token]; !ok {
				home[token] = ""
			}
		}
	}
	if len(home) < 5 {
		t.Fatalf("got %d secrets, want the exporter's 3 and 2 tokens", len(home))
	}
	files, err := os.ReadDir(lab.dir)
	if err != nil {
		t.Fatal(err)
	}
	for secret, place := range home {
		if strings.Contains(said.String(), secret) {
			t.Error("a secret is on the control page or in the configuration")
		}
		for _, file := range files {
			content, err := os.ReadFile(lab.path(file.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(content), secret) != (file.Name() == place) {
				t.Errorf("%q holds a secret that it should not, or lacks its own", file.Name())
			}
		}
	}
}

func TestErrorsNameWhatTheyWereDoing(t *testing.T) {
	occupied := t.TempDir() + "/file"
	if err := os.WriteFile(occupied, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(occupied, Options{})
	var path *os.PathError
	if !errors.As(err, &path) || !strings.Contains(err.Error(), "making the folder \""+occupied+"\"") {
		t.Errorf("got %v, want what was being made", err)
	}
}
