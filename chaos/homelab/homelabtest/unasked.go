package homelabtest

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Unasked is the one server of a whole flow. It sends more than was asked for,
// with a token in it: what a library that watches the connection may print.
type Unasked struct {
	Address string // host:port
	// Secret must be seen nowhere but where a command says that it prints it.
	Secret string
	// TokenFile, JWTFile and Kubeconfig are what a configuration names.
	TokenFile, JWTFile, Kubeconfig string
}

// The ways in which more is sent than was asked for.
const (
	BehindTheReply   = "behind the reply"
	BeforeTheRequest = "before the request"
	MoreThanSaid     = "more than the reply said"
)

// StartUnasked starts the server; it ends with the test.
func StartUnasked(t testing.TB, way string) Unasked {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	dir := t.TempDir()
	u := Unasked{
		Address: listener.Addr().String(), Secret: "hvs.UNASKEDunaskedUNASKED01",
		TokenFile: filepath.Join(dir, "token"), JWTFile: filepath.Join(dir, "jwt"), Kubeconfig: filepath.Join(dir, "kubeconfig"),
	}
	for path, content := range map[string]string{
		u.TokenFile: "hvs.OWNownOWNownOWNownOWN001\n", u.JWTFile: "a.b.c\n",
		u.Kubeconfig: fmt.Sprintf("clusters: [{name: c, cluster: {server: 'http://%s'}}]\ncontexts: [{name: c, context: {cluster: c}}]\ncurrent-context: c\n", u.Address),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go u.serve(conn, way)
		}
	}()
	return u
}

func (u Unasked) serve(conn net.Conn, way string) {
	defer conn.Close()
	more := fmt.Sprintf(`{"token":%q}`, u.Secret)
	if way == BeforeTheRequest {
		_, _ = io.WriteString(conn, more)
	}
	requests := bufio.NewReader(conn)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
		request, err := http.ReadRequest(requests)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, request.Body)
		body := u.answer(request.URL.Path)
		said := len(body)
		if way == MoreThanSaid {
			said, more = 2, ""
		}
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s%s", said, body, more)
	}
}

// answer is what a healthy server says, whichever it is.
func (u Unasked) answer(path string) string {
	now, encoded := time.Now().UTC().Format(time.RFC3339), base64.StdEncoding.EncodeToString([]byte(u.Secret))
	for _, row := range []struct{ part, body string }{
		{"/sys/health", `{"initialized":true,"sealed":false,"standby":false,"version":"1.21.0","server_time_utc":1}`},
		{"/login", `{"auth":{"client_token":"` + u.Secret + `","policies":["p"]}}`},
		{"/lookup-self", `{"data":{"ttl":0,"policies":["root"],"expire_time":null,"accessor":"abcdefghijklmnopqrstuvwx"}}`},
		{"/v1/secret/data/", `{"data":{"data":{"token":"` + u.Secret + `"},"metadata":{"version":1,"created_time":"` + now + `","deletion_time":"","destroyed":false}}}`},
		{"/v1/secret/metadata/", `{"data":{"custom_metadata":{},"versions":{}}}`},
		{"/secrets/", `{"kind":"Secret","metadata":{"name":"nas-vault-token"},"data":{"token":"` + encoded + `","QNAP_VAULT_TOKEN":"` + encoded + `"}}`},
		{"/externalsecrets/", `{"spec":{"refreshInterval":"5m"},"status":{"refreshTime":"` + now + `","conditions":[{"type":"Ready","status":"True"}]}}`},
		{"/cronjobs/", `{"kind":"CronJob","metadata":{"uid":"u"},"spec":{},"status":{"lastSuccessfulTime":"` + now + `"}}`},
		{"/jobs", `{"kind":"JobList","items":[]}`},
		{"/containers/", `{"Id":"c","State":{"Running":true}}`},
	} {
		if strings.Contains(path, row.part) {
			return row.body
		}
	}
	return `{}`
}
