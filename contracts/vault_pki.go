package contracts

import "homelab.io/vault-health-exporter/exporter/reason"

// The examples of what is signed and of what comes back. The key of the request
// was thrown away, and the certificates live for a hundred years, so that a test
// can verify them.
const (
	exampleRequest = `-----BEGIN CERTIFICATE REQUEST-----
MIIBADCBpwIBADAZMRcwFQYDVQQDEw5jYW5hcnkuaW52YWxpZDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABNpBCZjaS5REmIxcSJVfQQviiXQcZdtMMOT0cyB2v0j/
j/YHX3mvSrOY1vtVhV5d3/tIE/VfUSYUWC/P+SNErMmgLDAqBgkqhkiG9w0BCQ4x
HTAbMBkGA1UdEQQSMBCCDmNhbmFyeS5pbnZhbGlkMAoGCCqGSM49BAMCA0gAMEUC
IQCTCN4r3qyKEZkJ/fTuP/ky5vo8LupRhw3STPY5ywFsSgIgUV5oTNUnRtj6hAfx
R0kYwhu1ZiKaNA5+1yiBNS9PfCU=
-----END CERTIFICATE REQUEST-----
`
	exampleCertificate = `-----BEGIN CERTIFICATE-----
MIIBXTCCAQOgAwIBAgIBAjAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpleGFtcGxl
IENBMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAZMRcwFQYDVQQD
Ew5jYW5hcnkuaW52YWxpZDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNpBCZja
S5REmIxcSJVfQQviiXQcZdtMMOT0cyB2v0j/j/YHX3mvSrOY1vtVhV5d3/tIE/Vf
USYUWC/P+SNErMmjPjA8MB8GA1UdIwQYMBaAFGIPdjyQIdF0kGi7GbxsSPSQH4xM
MBkGA1UdEQQSMBCCDmNhbmFyeS5pbnZhbGlkMAoGCCqGSM49BAMCA0gAMEUCIBP5
yHCqdHn8JhThXeQaVtGF+cRwE/jtwLREwb7VJTmoAiEA6viqD5OkKkaFbTz2l0hz
VUUl/W/EhBOuCBTSPhxJ54c=
-----END CERTIFICATE-----`
	exampleIssuer = `-----BEGIN CERTIFICATE-----
MIIBXTCCAQOgAwIBAgIBATAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpleGFtcGxl
IENBMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAVMRMwEQYDVQQD
EwpleGFtcGxlIENBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEr7n5NOXNCciF
B5tIKHQYkFHZRu4Fq9Pm6uMkgoKN5GZqItMdIc+CV3qY8kqbpJFeW3JpOfyzigFg
r6nm48xBtqNCMEAwDgYDVR0PAQH/BAQDAgIEMA8GA1UdEwEB/wQFMAMBAf8wHQYD
VR0OBBYEFGIPdjyQIdF0kGi7GbxsSPSQH4xMMAoGCCqGSM49BAMCA0gAMEUCIHCh
AUszatH8u57FR9mpXAWw1rC1c2TEkGnQi0SCcNONAiEAjGqfF2vshkmNfddqh8Sr
m0smeLiO21G6kOp45ibZY4c=
-----END CERTIFICATE-----`
)

const (
	requestForm     = `-----BEGIN CERTIFICATE REQUEST-----\n[A-Za-z0-9+/=\n]+\n-----END CERTIFICATE REQUEST-----\n`
	certificateForm = `-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+\n-----END CERTIFICATE-----`
)

func sign(description string, state State, status int, body any, why reason.Reason) Exchange {
	return Exchange{Call: CallSign, Reason: why, Interactions: []Interaction{{
		Description: "PKI sign, " + description,
		State:       state,
		Request: Request{
			Method: "PUT", Path: "/v1/pki/sign/canary", Header: vaultHeader,
			Body: map[string]any{"csr": pattern(exampleRequest, requestForm), "common_name": "canary.invalid", "ttl": "2m0s"},
		},
		Response: Response{Status: status, Header: jsonHeader, Body: body},
	}}}
}

// vaultPKI is every answer of a Vault to a canary that shall be signed.
func vaultPKI() []Exchange {
	signed := map[string]any{"data": map[string]any{
		"certificate": pattern(exampleCertificate, certificateForm), "issuing_ca": pattern(exampleIssuer, certificateForm),
	}}
	unknown := map[string]any{"errors": []any{pattern("unknown role: canary", "unknown role: .+")}}
	return []Exchange{
		// The example's certificate is for the example's key, and the client made another.
		sign("accepted", PKIAccepted, 200, signed, reason.Mismatch),
		sign("forbidden", PKIForbidden, 403, vaultErrors(permissionDenied), reason.Forbidden),
		sign("no such role", PKIRoleMissing, 400, unknown, reason.NotFound),
	}
}
