package upstream_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// accepting serves raw connections on loopback and returns the address.
func accepting(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return listener.Addr().String()
}

// alerting answers every hello with a fatal alert.
func alerting(number byte) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = conn.Write([]byte{0x15, 3, 3, 0, 2, 2, number})
		_, _ = io.Copy(io.Discard, conn)
	}
}

// TestAnAlertProvesTLS: it was "not TLS", or a refusal of a client certificate
// that nobody had configured or asked for.
func TestAnAlertProvesTLS(t *testing.T) {
	ca := newAuthority(t)
	certFile, keyFile := writePair(t, ca.leaf("client", time.Hour))
	for number, want := range map[byte]reason.Reason{
		40: reason.TLSName, 42: reason.TLSName, 80: reason.TLSName, 112: reason.TLSName, 116: reason.TLSName,
		10: reason.TLSVersion, 47: reason.TLSVersion, 70: reason.TLSVersion, 71: reason.TLSVersion, 86: reason.TLSVersion, 110: reason.TLSVersion, 120: reason.TLSVersion, 255: reason.TLSVersion,
	} {
		for _, files := range []*config.TLS{nil, {CertFile: certFile, KeyFile: keyFile}} {
			_, err := health(t, config.Vault{Address: "https://" + accepting(t, alerting(number)), TLS: files})
			if reason.Of(err) != want {
				t.Errorf("alert %d, client certificate %t: got %v, want reason %q", number, files != nil, err, want)
			}
		}
	}
}

// TestAServerThatSpeaksOldTLSOnly answers our hello with a version of its own.
func TestAServerThatSpeaksOldTLSOnly(t *testing.T) {
	server := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{newAuthority(t).leaf("127.0.0.1", time.Hour)}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	_, err := health(t, config.Vault{Address: server.URL})
	if reason.Of(err) != reason.TLSVersion {
		t.Errorf("got %v, want reason %q", err, reason.TLSVersion)
	}
	hello := accepting(t, func(conn net.Conn) { // a ServerHello of TLS 1.0
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = conn.Write(append([]byte{0x16, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1}, make([]byte, 36)...))
		_, _ = io.Copy(io.Discard, conn)
	})
	_, err = health(t, config.Vault{Address: "https://" + hello})
	if reason.Of(err) != reason.TLSVersion {
		t.Errorf("got %v, want reason %q", err, reason.TLSVersion)
	}
}

// TestACertificateWithoutAlternativeNames: server_name cannot help there.
func TestACertificateWithoutAlternativeNames(t *testing.T) {
	ca := newAuthority(t)
	key, cert := ca.sign(&x509.Certificate{KeyUsage: x509.KeyUsageDigitalSignature}, time.Hour)
	server := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}})
	_, err := health(t, config.Vault{Address: server.URL, TLS: &config.TLS{CAFile: write(t, "CERTIFICATE", ca.cert.Raw)}})
	if reason.Of(err) != reason.TLSNoSAN {
		t.Errorf("got %v, want reason %q", err, reason.TLSNoSAN)
	}
}

// TestTheCAExpiredAndNotTheCertificate: renewing the server's would be in vain.
func TestTheCAExpiredAndNotTheCertificate(t *testing.T) {
	ca := &authority{t: t}
	ca.key, ca.cert = ca.sign(&x509.Certificate{IsCA: true, KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true}, -time.Hour)
	leaf := ca.leaf("127.0.0.1", time.Hour)
	server := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{leaf}})
	trace, err := health(t, config.Vault{Address: server.URL, TLS: &config.TLS{CAFile: write(t, "CERTIFICATE", ca.cert.Raw)}})
	if reason.Of(err) != reason.TLSCAExpired {
		t.Errorf("got %v, want reason %q", err, reason.TLSCAExpired)
	}
	if len(trace.Certificates) != 1 || !trace.Certificates[0].NotAfter.Equal(leaf.Leaf.NotAfter) {
		t.Errorf("got certificates %v, want the server's own", trace.Certificates)
	}
	// A certificate that is its own CA is the server's all the same.
	server = serveTLS(t, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{ca.cert.Raw}, PrivateKey: ca.key}}})
	_, err = health(t, config.Vault{Address: server.URL, TLS: &config.TLS{CAFile: write(t, "CERTIFICATE", ca.cert.Raw)}})
	if reason.Of(err) != reason.TLSExpired {
		t.Errorf("its own CA: got %v, want reason %q", err, reason.TLSExpired)
	}
}

// TestClosedInTheHandshakeIsTheConnections: it changed from check to check
// between the connection's fault and the answer's.
func TestClosedInTheHandshakeIsTheConnections(t *testing.T) {
	for name, serve := range map[string]func(net.Conn){
		"at once":         func(net.Conn) {},
		"after the hello": func(conn net.Conn) { _, _ = conn.Read(make([]byte, 4096)) },
		"inside a record": func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = conn.Write([]byte{0x16, 3, 3, 0, 100, 2})
		},
		"reset": func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) },
	} {
		address := accepting(t, serve)
		for range 20 {
			_, err := health(t, config.Vault{Address: "https://" + address})
			if reason.Of(err) != reason.ConnectionReset {
				t.Fatalf("%s: got %v, want reason %q", name, err, reason.ConnectionReset)
			}
		}
	}
}

// TestPlainHTTPToAPortThatWantsTLS says so, however the server puts it.
func TestPlainHTTPToAPortThatWantsTLS(t *testing.T) {
	secure := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{newAuthority(t).leaf("127.0.0.1", time.Hour)}})
	for name, address := range map[string]string{
		"Go":      strings.TrimPrefix(secure.URL, "https://"),
		"OpenSSL": accepting(t, alerting(70)),
		"nginx":   strings.TrimPrefix(answers(t, 400, nil, "<html><center>The plain HTTP request was sent to HTTPS port</center>"), "http://"),
	} {
		_, err := health(t, config.Vault{Address: "http://" + address})
		if reason.Of(err) != reason.TLSRequired {
			t.Errorf("%s, Vault: got %v, want reason %q", name, err, reason.TLSRequired)
		}
	}
}

// TestAHelloThatIsNone: a record of TLS, in which a server's hello has no content.
func TestAHelloThatIsNone(t *testing.T) {
	address := accepting(t, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = conn.Write([]byte{0x16, 3, 3, 0, 4, 2, 0, 0, 0})
		_, _ = io.Copy(io.Discard, conn)
	})
	if _, err := health(t, config.Vault{Address: "https://" + address}); reason.Of(err) != reason.MalformedResponse {
		t.Errorf("got %v, want reason %q", err, reason.MalformedResponse)
	}
}
