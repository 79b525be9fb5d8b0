package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"time"

	"homelab.io/vault-health-exporter/exporter/reason"
)

const checkTimeout = 3 * time.Second

// serve is an application that holds its token from its start to its end, as
// envFrom gives it no other.
func serve(ctx context.Context, _ []string) int {
	<-ctx.Done()
	return 0
}

// check says whether the token in the environment authenticates at the NAS
// Vault. It prints "ok" or a reason, and nothing else.
func check(ctx context.Context, arguments []string) int {
	// The direct address leaves out every link that a scenario can cut, so that
	// "the link is cut" can be told from "the token does not work".
	address := os.Getenv("VAULT_ADDR")
	if len(arguments) == 1 && arguments[0] == "-direct" {
		address = os.Getenv("VAULT_DIRECT_ADDR")
	}
	failed := lookupSelf(ctx, address, os.Getenv("QNAP_VAULT_TOKEN"))
	if failed != "" {
		fmt.Println(failed)
		return 1
	}
	fmt.Println("ok")
	return 0
}

// lookupSelf returns "" for a token that authenticates.
func lookupSelf(ctx context.Context, address, token string) reason.Reason {
	if token == "" {
		return reason.KeyMissing
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/v1/auth/token/lookup-self", nil)
	if err != nil {
		return reason.Config
	}
	request.Header.Set("X-Vault-Token", token)
	roots := x509.NewCertPool()
	ca, err := os.ReadFile(os.Getenv("VAULT_CACERT"))
	if err != nil || !roots.AppendCertsFromPEM(ca) {
		return reason.Config
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	response, err := client.Do(request)
	if err != nil {
		return reason.Of(err)
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusOK:
		return ""
	case response.StatusCode == http.StatusForbidden:
		return reason.Revoked
	case response.StatusCode == http.StatusServiceUnavailable:
		return reason.Sealed
	case response.StatusCode >= http.StatusInternalServerError:
		return reason.HTTP5xx
	}
	return reason.HTTPUnexpected
}
