package main

// survivors says why nothing finds a mutation.
var survivors = map[string]string{
	"exporter/upstream/kubeconfig.go kubeConfig: reason.Config (3)":  "client-go fails there only where the working directory is gone, and then the kubeconfig could not be read before",
	"exporter/upstream/kubernetes_server.go Open: reason.Config (4)": "whatever is wrong for it is wrong for rest.TLSConfigFor, which comes before it",
	"exporter/upstream/vault_pki.go signingRequest: reason.Internal": "crypto/ecdsa has no failure for a curve that it knows",
}
