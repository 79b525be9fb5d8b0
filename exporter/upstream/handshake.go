package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// handshake is one TLS handshake and what it showed, which its error alone does
// not say: whether a client certificate was asked for, and whether there is one.
type handshake struct {
	dialer            *dialer
	leaf              *x509.Certificate
	asked, configured bool
}

// config returns base with the verification moved into a callback, where the
// certificate can be noted before it is judged: an expired certificate must not
// take its own expiry date with it.
func (h *handshake) config(base *tls.Config, address string) *tls.Config {
	cfg := base.Clone()
	if cfg.ServerName == "" {
		cfg.ServerName, _, _ = net.SplitHostPort(address)
	}
	insecure := cfg.InsecureSkipVerify // only a kubeconfig can ask for this
	cfg.InsecureSkipVerify = true      // #nosec G402 -- verify does it, in VerifyConnection
	cfg.VerifyConnection = func(state tls.ConnectionState) error {
		h.leaf = state.PeerCertificates[0]
		h.dialer.met(h.leaf)
		if insecure {
			return nil
		}
		return h.dialer.chain.verify(state.PeerCertificates, cfg.RootCAs, cfg.ServerName)
	}
	certificate := cfg.GetClientCertificate
	cfg.GetClientCertificate = func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		h.asked, h.configured = true, len(cfg.Certificates) > 0
		if certificate != nil {
			own, err := certificate(request)
			h.configured = err == nil && own != nil && len(own.Certificate) > 0
			return own, err
		}
		for i := range cfg.Certificates {
			if request.SupportsCertificate(&cfg.Certificates[i]) == nil {
				return &cfg.Certificates[i], nil
			}
		}
		return new(tls.Certificate), nil // none
	}
	return cfg
}

// explain gives the failure of a handshake a reason. An alert proves that the
// server speaks TLS, and is about our certificate only where one was asked for.
func (h *handshake) explain(err error) error {
	const doing = "shaking hands"
	if alerted(err) {
		why := reason.Of(err)
		switch {
		case why == reason.TLSClientCert && !h.asked:
			why = reason.TLSName
		case why == reason.TLSClientCert && !h.configured:
			why = reason.TLSClientCertMissing
		}
		return reason.Errorf(why, doing+": got an alert")
	}
	switch reason.Of(err) {
	case reason.Truncated, reason.ConnectionReset:
		return reason.Errorf(reason.ConnectionReset, doing+": got the end of the connection")
	case reason.Internal:
		// crypto/tls has no type for what it makes of a server's hello.
		if strings.Contains(err.Error(), "version") || strings.Contains(err.Error(), "cipher") {
			return reason.Errorf(reason.TLSVersion, doing+": got a version or a cipher that is not spoken here")
		}
		return reason.Errorf(reason.MalformedResponse, doing+": got what is not TLS as it should be")
	}
	return err
}

// alerted reports whether err is an alert that the server sent.
func alerted(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "remote error"
}

// secureConn explains the alert with which a TLS 1.3 server refuses a client
// certificate: it arrives with the first read, after a finished handshake.
type secureConn struct {
	*tls.Conn
	handshake *handshake
}

// Read implements net.Conn.
func (c *secureConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if alerted(err) {
		err = c.handshake.explain(err)
	}
	return n, err
}

// plainConn recognises a server that wants TLS by the alert with which it
// answers a request without.
type plainConn struct {
	net.Conn
	begun bool
}

// Read implements net.Conn.
func (c *plainConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	const alert, version = 0x15, 3
	if !c.begun && n > 1 && p[0] == alert && p[1] == version {
		return 0, reason.Errorf(reason.TLSRequired, "reading a reply without TLS: got an alert of TLS")
	}
	c.begun = c.begun || n > 0
	return n, err
}
