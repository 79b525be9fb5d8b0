package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"regexp"
	"time"
)

const (
	engineSocket = "/var/run/docker.sock"
	frontAddress = ":2376"
	caFile       = "/tls/ca.pem"
	certFile     = "/tls/cert.pem"
	keyFile      = "/tls/key.pem"
)

// runDockerFront serves the engine's socket behind mutual TLS, as an engine
// with --tlsverify does. Unlike one, it lets through only what reading a file
// in one container takes: this lab is not to hand out its user's engine.
func runDockerFront(ctx context.Context, arguments []string) int {
	if len(arguments) != 1 {
		return usage()
	}
	if _, err := mutual(nil); err != nil {
		log.Print(err)
		return 2
	}
	server := http.Server{
		Addr:      frontAddress,
		Handler:   only(permitted(arguments[0]), engineProxy()),
		TLSConfig: &tls.Config{GetConfigForClient: mutual},
		// An exec takes over its connection, which HTTP/2 does not know.
		TLSNextProto:      map[string]func(*http.Server, *tls.Conn, http.Handler){},
		ReadHeaderTimeout: 5 * time.Second,
	}
	context.AfterFunc(ctx, func() { server.Close() })
	listener, err := net.Listen("tcp", frontAddress)
	if err == nil {
		// Not ServeTLS, which wants a certificate that does not change.
		err = server.Serve(tls.NewListener(listener, server.TLSConfig))
	}
	if ctx.Err() == nil {
		log.Printf("serving %q: %v", frontAddress, err)
		return 1
	}
	return 0
}

// mutual reads the files anew for each handshake, so that they can be swapped.
func mutual(*tls.ClientHelloInfo) (*tls.Config, error) {
	certificate, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate %q: %w", certFile, err)
	}
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("reading the authority: %w", err)
	}
	clients := x509.NewCertPool()
	if !clients.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("reading the authority %q: got no certificate", caFile)
	}
	return &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients, Certificates: []tls.Certificate{certificate}}, nil
}

// permitted matches the paths of the requests that are let through.
func permitted(container string) *regexp.Regexp {
	return regexp.MustCompile(fmt.Sprintf(
		`^(/v[0-9.]+)?/(_ping|version|containers/%s/(json|exec)|exec/[0-9a-f]{64}/(start|json))$`, regexp.QuoteMeta(container)))
}

func only(paths *regexp.Regexp, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !paths.MatchString(r.URL.Path) {
			http.Error(w, `{"message":"not let through by the lab's Docker front"}`, http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// engineProxy passes requests on to the engine, upgraded connections included.
func engineProxy() *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme = "http"
			r.Out.URL.Host = "docker"
		},
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", engineSocket)
		}},
		// What the engine streams must not wait for a full buffer.
		FlushInterval: -1,
	}
}
