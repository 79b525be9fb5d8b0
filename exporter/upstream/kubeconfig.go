package upstream

import (
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"homelab.io/vault-health-exporter/exporter/localfile"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// kubeConfig returns how to reach the API that a kubeconfig names, or the pod's
// own. The kubeconfig and the files that it names are read here and given to
// client-go as bytes: it would read them itself, without an end, some in the
// middle of a request.
func kubeConfig(path string) (*rest.Config, error) {
	if path == "" {
		cfg, err := rest.InClusterConfig()
		if err == nil {
			err = rest.LoadTLSFiles(cfg)
		}
		if err != nil {
			return nil, reason.Errorf(reason.Config, "reading the pod's own ServiceAccount: there is none here; name a kubeconfig")
		}
		return cfg, nil
	}
	raw, err := readFile("kubeconfig", path, localfile.MaxBytes)
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	loaded, err := clientcmd.Load(raw)
	if err != nil {
		return nil, reason.Errorf(reason.Config, "reading the kubeconfig %q", path)
	}
	cluster, user := current(loaded)
	cluster.LocationOfOrigin, user.LocationOfOrigin = path, path
	if err := clientcmd.ResolveLocalPaths(loaded); err != nil {
		return nil, reason.Errorf(reason.Config, "reading the kubeconfig %q", path)
	}
	if err := takeFiles(cluster, user); err != nil {
		return nil, reason.From(err, "reading the kubeconfig %q", path)
	}
	cfg, err := clientcmd.NewNonInteractiveClientConfig(*loaded, "", &clientcmd.ConfigOverrides{}, nil).ClientConfig()
	if err != nil {
		return nil, reason.Errorf(reason.Config, "reading the kubeconfig %q", path)
	}
	return cfg, nil
}

// current returns the cluster and the user of the current context; of others,
// the files need not be there. What is missing is client-go's to refuse.
func current(loaded *api.Config) (*api.Cluster, *api.AuthInfo) {
	names := loaded.Contexts[loaded.CurrentContext]
	if names == nil {
		names = &api.Context{}
	}
	cluster, user := loaded.Clusters[names.Cluster], loaded.AuthInfos[names.AuthInfo]
	if cluster == nil {
		cluster = &api.Cluster{}
	}
	if user == nil {
		user = &api.AuthInfo{}
	}
	return cluster, user
}

// takeFiles puts what is in the files in the place of their names.
func takeFiles(cluster *api.Cluster, user *api.AuthInfo) error {
	for _, f := range []struct {
		what    string
		path    *string
		content *[]byte
	}{
		{"certificate-authority", &cluster.CertificateAuthority, &cluster.CertificateAuthorityData},
		{"client-certificate", &user.ClientCertificate, &user.ClientCertificateData},
		{"client-key", &user.ClientKey, &user.ClientKeyData},
	} {
		if *f.path == "" {
			continue
		}
		content, err := readFile(f.what, *f.path, localfile.MaxBytes)
		switch {
		case err != nil:
			return err
		case len(content) == 0:
			return reason.Errorf(reason.Config, "reading the %s %q: got an empty file", f.what, *f.path)
		case len(*f.content) > 0:
			return reason.Errorf(reason.Config, "reading the %s %q: got it beside %s-data, want one of them", f.what, *f.path, f.what)
		}
		*f.path, *f.content = "", content
	}
	return takeToken(user)
}

// takeToken prefers the file to the token that stands beside it, as client-go does.
func takeToken(user *api.AuthInfo) error {
	if user.TokenFile == "" {
		return nil
	}
	content, err := readFile("tokenFile", user.TokenFile, localfile.MaxBytes)
	defer clear(content)
	text := strings.TrimSpace(string(content))
	switch {
	case text != "":
		user.Token = text
	case user.Token == "" && err != nil:
		return err
	case user.Token == "":
		return reason.Errorf(reason.Config, "reading the tokenFile %q: got an empty file", user.TokenFile)
	}
	user.TokenFile = ""
	return nil
}
