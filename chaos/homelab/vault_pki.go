package homelab

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"time"

	"homelab.io/vault-health-exporter/chaos"
)

// The role of the engine pki, as deploy/vault/setup.sh makes it.
const (
	pkiRole   = "canary"
	pkiName   = "canary.invalid" // the only name that it allows
	pkiMaxTTL = 10 * time.Minute
)

// sign answers pki/sign/ROLE with a certificate of the homelab's own CA, of
// which it keeps nothing.
func (v *vaultNode) sign(r *http.Request, role string, body []byte) reply {
	var request struct {
		CSR        string          `json:"csr"`
		CommonName string          `json:"common_name"`
		TTL        json.RawMessage `json:"ttl"`
	}
	if r.Method != http.MethodPut && r.Method != http.MethodPost {
		return unsupported()
	}
	if err := parse(body, &request); err != nil {
		return vaultErrors(http.StatusInternalServerError, err.Error())
	}
	if role != pkiRole || v.lab.active[pkiRoleMissing] {
		return vaultErrors(http.StatusBadRequest, "unknown role: "+role)
	}
	ttl, ok := parseTTL(request.TTL)
	if !ok {
		return vaultErrors(http.StatusBadRequest, `Field validation failed: error converting input for field "ttl": time: invalid duration `+string(request.TTL))
	}
	if v.lab.active[chaos.PKIExpired] {
		ttl = -time.Minute
	}
	csr, refusal := readRequest(request.CSR)
	if refusal != "" {
		return vaultErrors(http.StatusBadRequest, refusal)
	}
	if ttl == 0 {
		ttl = maxTTL
	}
	if v.lab.active[chaos.PKIOtherKey] {
		csr.PublicKey = v.lab.pki.key.Public()
	}
	signed, err := v.lab.pki.sign(csr, min(ttl, pkiMaxTTL))
	if err != nil {
		return vaultErrors(http.StatusInternalServerError, err.Error())
	}
	issuer := strings.TrimSpace(string(v.lab.pki.caPEM))
	return envelope{MountType: "pki", Warnings: signWarnings(ttl, request.CommonName), Data: map[string]any{
		"ca_chain":      []string{issuer},
		"certificate":   strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed.Raw}))),
		"expiration":    signed.NotAfter.Unix(),
		"issuing_ca":    issuer,
		"serial_number": strings.ReplaceAll(fmt.Sprintf("% x", signed.SerialNumber.Bytes()), " ", ":"),
	}}.reply(http.StatusOK)
}

// signWarnings are what Vault says beside a certificate, the first of them twice.
func signWarnings(asked time.Duration, name string) (warnings []string) {
	long := fmt.Sprintf("TTL %q is longer than permitted maxTTL %q, so maxTTL is being used", asked, pkiMaxTTL)
	if asked > pkiMaxTTL {
		warnings = append(warnings, long)
	}
	if name != "" {
		warnings = append(warnings, `the common_name field was provided but the role is set with "use_csr_common_name" set to true`)
	}
	if asked > pkiMaxTTL {
		warnings = append(warnings, long)
	}
	return warnings
}

// readRequest reads what shall be signed; refusal is why the role does not.
func readRequest(text string) (csr *x509.CertificateRequest, refusal string) {
	if text == "" {
		return nil, `"csr" is empty`
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, "csr contains no data"
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, "certificate request could not be parsed: " + err.Error()
	}
	if csr.CheckSignature() != nil {
		return nil, "request signature invalid"
	}
	switch name := csr.Subject.CommonName; {
	case name == "":
		return nil, `the common_name field is required, or must be provided in a CSR with "use_csr_common_name" set to true, unless "require_cn" is set to false`
	case name != pkiName:
		return nil, "common name " + name + " not allowed by this role"
	}
	for _, name := range csr.DNSNames {
		if name != pkiName {
			return nil, "subject alternate name " + name + " not allowed by this role"
		}
	}
	return csr, ""
}

// sign makes a certificate of what a role has allowed.
func (p *pki) sign(csr *x509.CertificateRequest, ttl time.Duration) (*x509.Certificate, error) {
	template := certificate(csr.Subject.CommonName, time.Now().Add(ttl))
	template.NotBefore = time.Now().Add(-30*time.Second + min(ttl, 0))
	template.DNSNames = []string{csr.Subject.CommonName}
	template.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageKeyAgreement
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	der, err := x509.CreateCertificate(rand.Reader, template, p.ca, csr.PublicKey, p.key)
	if err != nil {
		return nil, fmt.Errorf("making the certificate of %q: %w", csr.Subject.CommonName, err)
	}
	return x509.ParseCertificate(der)
}
