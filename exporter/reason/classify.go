package reason

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
)

// Classify maps an error of the standard library's network stack to a reason.
// It is total: what it does not know is Internal, because an error that this
// program cannot name is this program's shortcoming, not the upstream's.
func Classify(err error) Reason {
	for _, classify := range []func(error) Reason{classifyTLS, classifyNetwork, classifyLocal} {
		if r := classify(err); r != "" {
			return r
		}
	}
	return Internal
}

func classifyTLS(err error) Reason {
	var (
		invalid x509.CertificateInvalidError
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		op      *net.OpError
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return TLSExpired
	case errors.As(err, &host):
		return TLSName
	case errors.As(err, &unknown), errors.As(err, &invalid), errors.As(err, &verify):
		return TLSUntrusted
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return TLSNotTLS
	case errors.As(err, &op) && op.Op == "remote error":
		return classifyAlert(op.Err)
	}
	return ""
}

// classifyAlert judges an alert that the server sent, which speaks TLS
// therefore. The type is not exported by crypto/tls, so its text, a constant of
// that package, is what there is. An internal error is how proxies say that they
// have no certificate for a name.
func classifyAlert(alert error) Reason {
	text := alert.Error()
	for _, row := range []struct {
		why   Reason
		words []string
	}{
		{TLSName, []string{"unrecognized name", "internal error"}},
		{TLSClientCert, []string{"certificate", "handshake failure", "access denied", "error decrypting message"}},
	} {
		if slices.ContainsFunc(row.words, func(words string) bool { return strings.Contains(text, words) }) {
			return row.why
		}
	}
	return TLSVersion
}

func classifyNetwork(err error) Reason {
	var (
		dns *net.DNSError
		op  *net.OpError
		ne  net.Error
	)
	dialing := errors.As(err, &op) && op.Op == "dial"
	switch {
	case errors.As(err, &dns):
		return DNS
	case errors.Is(err, context.Canceled):
		return Canceled
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return ConnectRefused
	case dialing && op.Timeout(), errors.Is(err, syscall.ETIMEDOUT):
		return ConnectTimeout
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &ne) && ne.Timeout():
		return Timeout
	case errors.Is(err, io.ErrUnexpectedEOF):
		return Truncated
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		return ConnectionReset
	}
	return ""
}

func classifyLocal(err error) Reason {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EIO):
		return Disk
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ENOBUFS), errors.Is(err, syscall.ENOMEM),
		errors.Is(err, syscall.EADDRNOTAVAIL):
		return Machine
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ENOENT):
		return Config
	}
	return ""
}
