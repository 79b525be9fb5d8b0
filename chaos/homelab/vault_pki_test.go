package homelab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	vault "github.com/hashicorp/vault/api"
)

// signingRequest is for a certificate with the name and one alternate name.
func signingRequest(t *testing.T, name, alternate string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{alternate},
	}, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

// parsePEM reads a certificate of a reply.
func parsePEM(t *testing.T, field any) *x509.Certificate {
	t.Helper()
	text, _ := field.(string)
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatalf("got %q, want a certificate", text)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func TestSignedCertificateVerifies(t *testing.T) {
	lab := startLab(t)
	client := vaultClient(t, lab, lab.nasServer, lab.auth.nasToken)
	const unused = `the common_name field was provided but the role is set with "use_csr_common_name" set to true`
	tooLong := func(ttl string) string {
		return `TTL "` + ttl + `" is longer than permitted maxTTL "10m0s", so maxTTL is being used`
	}
	for ask, want := range map[string]struct {
		lives    time.Duration
		warnings []string
	}{
		"2m0s": {2 * time.Minute, []string{unused}},
		"1h":   {10 * time.Minute, []string{tooLong("1h0m0s"), unused, tooLong("1h0m0s")}},
		"":     {10 * time.Minute, []string{tooLong("768h0m0s"), unused, tooLong("768h0m0s")}},
	} {
		secret, err := client.Logical().WriteWithContext(t.Context(), "pki/sign/canary", map[string]any{
			"csr": signingRequest(t, pkiName, pkiName), "common_name": pkiName, "ttl": ask,
		})
		if err != nil {
			t.Fatal(err)
		}
		leaf, issuer := parsePEM(t, secret.Data["certificate"]), parsePEM(t, secret.Data["issuing_ca"])
		roots := x509.NewCertPool()
		roots.AddCert(issuer)
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: pkiName}); err != nil {
			t.Errorf("ttl %q: %v", ask, err)
		}
		if left := time.Until(leaf.NotAfter); left > want.lives || left < want.lives-10*time.Second {
			t.Errorf("ttl %q: got a certificate that lives for %s, want %s", ask, left, want.lives)
		}
		if diff := cmp.Diff(want.warnings, secret.Warnings); diff != "" {
			t.Errorf("ttl %q: warnings (-want +got):\n%s", ask, diff)
		}
		if serial, _ := secret.Data["serial_number"].(string); strings.Count(serial, ":") < 10 {
			t.Errorf("got serial number %q", serial)
		}
	}
}

// TestSignAnswers compares with recordings of Vault 1.21.0.
func TestSignAnswers(t *testing.T) {
	lab := startLab(t)
	root := vaultClient(t, lab, lab.nasServer, rootOf(lab, lab.nas))
	own := vaultClient(t, lab, lab.nasServer, lab.auth.nasToken)
	quoted := func(csr string) string { return `{"csr":"` + strings.ReplaceAll(csr, "\n", `\n`) + `"}` }
	asked := func(name, alternate string) string { return quoted(signingRequest(t, name, alternate)) }
	block, _ := pem.Decode([]byte(signingRequest(t, pkiName, pkiName)))
	block.Bytes[len(block.Bytes)-1] ^= 1
	forged := quoted(string(pem.EncodeToMemory(block)))
	tests := []struct {
		fault, role, body string
		client            *vault.Client
		method            string
		code              int
		want              string
	}{
		{"", "nope", `{"csr":"x"}`, root, "PUT", 400, `{"errors":["unknown role: nope"]}` + "\n"},
		{"", "nope", `{"csr":"x"}`, own, "PUT", 403, deniedPolicy},
		{pkiRoleMissing, pkiRole, `{"csr":"x"}`, own, "PUT", 400, `{"errors":["unknown role: canary"]}` + "\n"},
		{pkiForbidden, pkiRole, `{"csr":"x"}`, own, "PUT", 403, deniedPolicy},
		{nasSeal, pkiRole, `{"csr":"x"}`, own, "PUT", 503, isSealed},
		{"", pkiRole, "", root, "GET", 405, `{"errors":["1 error occurred:\n\t* unsupported operation\n\n"]}` + "\n"},
		{"", pkiRole, "", own, "GET", 403, deniedPolicy},
		{"", pkiRole, "", own, "POST", 400, `{"errors":["\"csr\" is empty"]}` + "\n"},
		{"", pkiRole, `{"csr":"x"}`, own, "PUT", 400, `{"errors":["csr contains no data"]}` + "\n"},
		{"", pkiRole, `{"csr":"x","ttl":"x"}`, own, "PUT", 400, `{"errors":["Field validation failed: error converting input for field \"ttl\": time: invalid duration \"x\""]}` + "\n"},
		{"", pkiRole, asked("other.example", pkiName), own, "PUT", 400, `{"errors":["common name other.example not allowed by this role"]}` + "\n"},
		{"", pkiRole, asked(pkiName, "other.example"), own, "PUT", 400, `{"errors":["subject alternate name other.example not allowed by this role"]}` + "\n"},
		{"", pkiRole, asked("", pkiName), own, "PUT", 400, `{"errors":["the common_name field is required, or must be provided in a CSR with \"use_csr_common_name\" set to true, unless \"require_cn\" is set to false"]}` + "\n"},
		{"", pkiRole, forged, own, "PUT", 400, `{"errors":["request signature invalid"]}` + "\n"},
	}
	for _, test := range tests {
		heal := func() {}
		if test.fault != "" {
			heal = undo(t, lab, test.fault)
		}
		code, body := raw(t, test.client, test.method, "/v1/pki/sign/"+test.role, test.body)
		if diff := cmp.Diff(test.want, body); diff != "" || code != test.code {
			t.Errorf("%s %s %s: status %d, want %d; body (-want +got):\n%s", test.fault, test.method, test.role, code, test.code, diff)
		}
		heal()
	}
}
