package reason_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/reason"
)

func TestCatalogueIsClosedAndComplete(t *testing.T) {
	form := regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	seen := map[reason.Reason]bool{}
	for _, e := range reason.Catalogue() {
		if seen[e.Reason] || !form.MatchString(string(e.Reason)) || e.Plain == "" || e.Reason.Group() != e.Group {
			t.Errorf("got a bad entry: %+v", e)
		}
		seen[e.Reason] = true
	}
	if got := reason.Reason("made up").Group(); got != reason.Exporter {
		t.Errorf("got group %q for a value outside of the set, want %q", got, reason.Exporter)
	}
}

func TestClassify(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want reason.Reason
	}{
		{&net.DNSError{Err: "no such host", IsNotFound: true}, reason.DNS},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, reason.ConnectRefused},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}, reason.ConnectRefused},
		{&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, reason.ConnectTimeout},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, reason.Timeout},
		{context.DeadlineExceeded, reason.Timeout},
		{&url.Error{Op: "Get", Err: fmt.Errorf("broken: %w", &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded})}, reason.Timeout},
		{context.Canceled, reason.Canceled},
		{&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, reason.ConnectionReset},
		{io.EOF, reason.ConnectionReset},
		{io.ErrUnexpectedEOF, reason.Truncated},
		{x509.CertificateInvalidError{Reason: x509.Expired}, reason.TLSExpired},
		{x509.UnknownAuthorityError{}, reason.TLSUntrusted},
		{x509.HostnameError{Certificate: &x509.Certificate{}}, reason.TLSName},
		{tls.RecordHeaderError{}, reason.TLSNotTLS},
		{http.ErrSchemeMismatch, reason.TLSNotTLS},
		{&net.OpError{Op: "remote error", Err: errors.New("tls: expired certificate")}, reason.TLSClientCert},
		{&net.OpError{Op: "remote error", Err: errors.New("tls: unrecognized name")}, reason.TLSName},
		{os.ErrNotExist, reason.Config},
		{&os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, reason.Disk},
		{&os.PathError{Op: "open", Path: "x", Err: syscall.EMFILE}, reason.Machine},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("socket", syscall.EMFILE)}, reason.Machine},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EADDRNOTAVAIL)}, reason.Machine},
		{&os.PathError{Op: "open", Path: "x", Err: syscall.EROFS}, reason.Disk},
		{errors.New("anything"), reason.Internal},
	} {
		if got := reason.Classify(fmt.Errorf("while calling: %w", tc.err)); got != tc.want {
			t.Errorf("%v: got %q, want %q", tc.err, got, tc.want)
		}
	}
}

// TestClassifyRealConnections checks the classes against what real
// connections on loopback fail with, not against what we think they do.
func TestClassifyRealConnections(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	secure.Config.ErrorLog = nil
	// A port below those that the kernel gives to whoever asks for any: one that was
	// just closed may be somebody else's by the time it is asked.
	const gone = "http://127.0.0.1:1"
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer slow.Close()
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "short")
	}))
	defer cut.Close()
	for _, tc := range []struct {
		name, url string
		want      reason.Reason
	}{
		{"nothing listens", gone, reason.ConnectRefused},
		{"not TLS", strings.Replace(plain.URL, "http:", "https:", 1), reason.TLSNotTLS},
		{"unknown CA", secure.URL, reason.TLSUntrusted},
		{"no answer", slow.URL, reason.Timeout},
		{"cut off", cut.URL, reason.Truncated},
	} {
		t.Run(tc.name, func(t *testing.T) {
			patience := time.Minute // bounds a hang
			if tc.want == reason.Timeout {
				patience = time.Second
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, tc.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			reply, err := client.Do(req)
			if err == nil {
				_, err = io.ReadAll(reply.Body)
				_ = reply.Body.Close()
			}
			if got := reason.Of(err); got != tc.want {
				t.Errorf("got %q from %v, want %q", got, err, tc.want)
			}
		})
	}
}

func TestErrorsDropWhatUpstreamSaid(t *testing.T) {
	upstream := &net.DNSError{Err: "hvs.SECRETSECRETSECRETSECRET", Name: "hvs.SECRETSECRETSECRETSECRET"}
	inner := reason.From(upstream, "asking %q", "https://nas")
	outer := reason.From(fmt.Errorf("context: %w", inner), "checking %q", "nas_vault")
	if want := `checking "nas_vault": asking "https://nas": dns`; outer.Error() != want {
		t.Errorf("got %q, want %q", outer.Error(), want)
	}
	if text := fmt.Sprintf("%v %+v %#v", outer, outer, outer); strings.Contains(text, "SECRET") {
		t.Errorf("got upstream's text in %s", text)
	}
	if errors.Unwrap(outer) != nil {
		t.Error("got a cause, want none")
	}
}
