package lab

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
)

func TestCertificates(t *testing.T) {
	l := &Lab{state: t.TempDir()}
	err := l.issueCertificates()
	if err != nil {
		t.Fatal(err)
	}
	certificates := l.secrets.certificates
	roots := x509.NewCertPool()
	roots.AddCert(certificates.Authority.certificate)
	for _, test := range []struct {
		name  string
		pair  pair
		host  string
		usage x509.ExtKeyUsage
	}{
		{"NAS Vault by alias", certificates.NASVault, aliasNASVault, x509.ExtKeyUsageServerAuth},
		{"NAS Vault by Service", certificates.NASVault, serviceNASVault, x509.ExtKeyUsageServerAuth},
		{"NAS Vault by published port", certificates.NASVault, loopback, x509.ExtKeyUsageServerAuth},
		{"main Vault by Service", certificates.MainVault, serviceMainVault, x509.ExtKeyUsageServerAuth},
		{"Docker front", certificates.Front, aliasDockerFront, x509.ExtKeyUsageServerAuth},
		{"exporter", certificates.Client, applicationExporter, x509.ExtKeyUsageClientAuth},
	} {
		t.Run(test.name, func(t *testing.T) {
			for expired, want := range map[bool]string{false: "", true: "x509: certificate has expired or is not yet valid"} {
				// The key fits both, as only the certificate is swapped.
				loaded, err := tls.X509KeyPair(test.pair.choose(expired), test.pair.Key)
				if err != nil {
					t.Fatal(err)
				}
				_, err = loaded.Leaf.Verify(x509.VerifyOptions{DNSName: test.host, Roots: roots, KeyUsages: []x509.ExtKeyUsage{test.usage}})
				if want == "" && err != nil {
					t.Error(err)
				}
				if want != "" && (err == nil || len(err.Error()) < len(want) || err.Error()[:len(want)] != want) {
					t.Errorf("got error %v, want %q", err, want)
				}
			}
		})
	}
}
