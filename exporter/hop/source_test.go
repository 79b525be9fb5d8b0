package hop_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

const (
	storePath        = "/apis/external-secrets.io/v1/namespaces/n/secretstores/st"
	clusterStorePath = "/apis/external-secrets.io/v1/clustersecretstores/st"
)

// vaultStore is a store at a Vault; more goes on behind its fields.
func vaultStore(server, more string) string {
	return fmt.Sprintf(`{"spec":{"provider":{"vault":{"server":%q,"path":"secret","version":"v2"%s}}}}`, server, more)
}

// TestSource has the stores and the entries that there are: which copy each is
// understood as, and which as none.
func TestSource(t *testing.T) {
	const (
		nas, main = "https://192.168.1.42:61200", "https://vault.vault.svc:8200"
		ref       = `"secretStoreRef":{"name":"st","kind":"SecretStore"}`
		toNAS     = `"data":[{"secretKey":"token","remoteRef":{"key":"tokens/root","property":"token"}},{"secretKey":"OTHER","remoteRef":{"key":"tokens/root","property":"token"}}]`
		toMain    = `"data":[{"secretKey":"token","remoteRef":{"key":"nas/vault-token","property":"token"}},{"secretKey":"OTHER","remoteRef":{"key":"nas/vault-token","property":"token"}}]`
		plain     = ref + "," + toMain
	)
	var (
		fromNAS   = &hop.Source{Feed: flow.Feed{Known: true, Vault: flow.NASVault, Copy: flow.NASKV}}
		fromMain  = &hop.Source{Feed: flow.Feed{Known: true, Vault: flow.MainVault, Copy: flow.MainKV}}
		alias     = &hop.Source{Feed: fromMain.Feed, Alias: true}
		inMain    = &hop.Source{Feed: flow.Feed{Known: true, Vault: flow.MainVault}}
		elsewhere = &hop.Source{Feed: flow.Feed{Known: true}}
		odd       = &hop.Source{}
	)
	for _, tc := range []struct {
		name, spec, store string
		path              string // "" is that of the SecretStore
		want              *hop.Source
	}{
		{name: "the main Vault", spec: plain, store: vaultStore(main, ""), want: fromMain},
		{name: "the NAS Vault", spec: ref + "," + toNAS, store: vaultStore(nas, ""), want: fromNAS},
		{name: "a kind that is the default", spec: `"secretStoreRef":{"name":"st"},` + toMain, store: vaultStore(main, ""), want: fromMain},
		{name: "a ClusterSecretStore", spec: `"secretStoreRef":{"name":"st","kind":"ClusterSecretStore"},` + toMain, store: vaultStore(main, ""), path: clusterStorePath, want: fromMain},
		{name: "another spelling of the server", spec: plain, store: vaultStore("https://VAULT.vault.svc:8200/", ""), want: fromMain},
		{name: "the mount written in the key too", spec: strings.ReplaceAll(plain, "nas/vault-token", "secret/data/nas/vault-token"), store: vaultStore(main, ""), want: fromMain},
		{name: "the mount in the key only", spec: strings.ReplaceAll(plain, "nas/vault-token", "secret/nas/vault-token"), store: fmt.Sprintf(`{"spec":{"provider":{"vault":{"server":%q}}}}`, main), want: fromMain},
		{name: "the whole path in the key", spec: strings.ReplaceAll(plain, "nas/vault-token", "secret/data/nas/vault-token"), store: fmt.Sprintf(`{"spec":{"provider":{"vault":{"server":%q}}}}`, main), want: fromMain},
		{name: "another mount", spec: plain, store: fmt.Sprintf(`{"spec":{"provider":{"vault":{"server":%q,"path":"kv","version":"v2"}}}}`, main), want: inMain},
		{name: "KV version 1", spec: plain, store: fmt.Sprintf(`{"spec":{"provider":{"vault":{"server":%q,"path":"secret","version":"v1"}}}}`, main), want: inMain},
		{name: "another secret of the main Vault", spec: ref + "," + toNAS, store: vaultStore(main, ""), want: inMain},
		{name: "another field", spec: strings.ReplaceAll(plain, `"property":"token"`, `"property":"source"`), store: vaultStore(main, ""), want: inMain},
		{name: "a namespace that is not configured", spec: plain, store: vaultStore(main, `,"namespace":"team"`), want: inMain},
		{name: "a third Vault", spec: strings.ReplaceAll(plain, "nas/vault-token", "x/y"), store: vaultStore("https://third:8200", ""), want: elsewhere},
		{name: "another name, the same secret", spec: plain, store: vaultStore("https://vault.example:8200", ""), want: alias},
		{name: "another provider", spec: plain, store: `{"spec":{"provider":{"aws":{"service":"SecretsManager"}}}}`, want: elsewhere},
		{name: "extract, of a secret that has the keys", spec: ref + `,"dataFrom":[{"extract":{"key":"nas/vault-token"}}],"data":[{"secretKey":"OTHER","remoteRef":{"key":"nas/vault-token","property":"token"}}]`, store: vaultStore(main, ""), want: fromMain},
		{name: "a template that renames", spec: ref + `,"data":[{"secretKey":"v","remoteRef":{"key":"nas/vault-token","property":"token"}}],"target":{"template":{"data":{"token":"{{ .v }}","OTHER":"{{.v|toString}}"}}}`, store: vaultStore(main, ""), want: fromMain},
		{name: "a template that labels", spec: plain + `,"target":{"template":{"metadata":{"labels":{"a":"b"}}}}`, store: vaultStore(main, ""), want: fromMain},
		{name: "a store of the entry's own", spec: strings.ReplaceAll(plain, `"property":"token"}`, `"property":"token"},"sourceRef":{"storeRef":{"name":"st"}}`)[len(ref)+1:], store: vaultStore(main, ""), want: fromMain},

		{name: "a template that adds", spec: plain + `,"target":{"template":{"data":{"token":"Bearer {{ .token }}","OTHER":"{{ .token }}"}}}`, store: vaultStore(main, ""), want: odd},
		{name: "a template of another object", spec: plain + `,"target":{"template":{"templateFrom":[{"literal":"x"}]}}`, store: vaultStore(main, ""), want: odd},
		{name: "two sources of two keys", spec: strings.Replace(plain, `"secretKey":"OTHER","remoteRef":{"key":"nas/vault-token"`, `"secretKey":"OTHER","remoteRef":{"key":"a"`, 1), store: vaultStore(main, ""), want: odd},
		{name: "a key without an entry", spec: ref + `,"data":[{"secretKey":"token","remoteRef":{"key":"nas/vault-token","property":"token"}}]`, store: vaultStore(main, ""), want: odd},
		{name: "a whole secret as one value", spec: strings.ReplaceAll(plain, `,"property":"token"`, ""), store: vaultStore(main, ""), want: odd},
		{name: "decoded on the way", spec: strings.ReplaceAll(plain, `"property":"token"`, `"property":"token","decodingStrategy":"Base64"`), store: vaultStore(main, ""), want: odd},
		{name: "the metadata", spec: strings.ReplaceAll(plain, `"property":"token"`, `"property":"token","metadataPolicy":"Fetch"`), store: vaultStore(main, ""), want: odd},
		{name: "found by name", spec: ref + `,"dataFrom":[{"find":{"name":{"regexp":"."}}}]`, store: vaultStore(main, ""), want: odd},
		{name: "rewritten", spec: ref + `,"dataFrom":[{"extract":{"key":"nas/vault-token"},"rewrite":[{"regexp":{}}]}]`, store: vaultStore(main, ""), want: odd},
		{name: "two extracts", spec: ref + `,"dataFrom":[{"extract":{"key":"a"}},{"extract":{"key":"b"}}]`, store: vaultStore(main, ""), want: odd},
		{name: "a generator", spec: ref + `,"dataFrom":[{"sourceRef":{"generatorRef":{"kind":"Password"}},"extract":{"key":"a"}}]`, store: vaultStore(main, ""), want: odd},
		{name: "another Secret", spec: plain + `,"target":{"name":"other"}`, store: vaultStore(main, ""), want: odd},
		{name: "a store of an unknown kind", spec: `"secretStoreRef":{"name":"st","kind":"Shop"},` + toMain, store: vaultStore(main, ""), want: odd},
		{name: "a store whose name leads elsewhere", spec: `"secretStoreRef":{"name":"../secrets/s"},` + toMain, store: vaultStore(main, ""), want: odd},
		{name: "no store", spec: toMain, store: vaultStore(main, ""), want: odd},
		{name: "data of another shape", spec: ref + `,"data":"x"`, store: vaultStore(main, ""), want: odd},
		{name: "two providers", spec: plain, store: `{"spec":{"provider":{"vault":{"server":"` + main + `"},"aws":{}}}}`, want: odd},
		{name: "a Vault of another shape", spec: plain, store: `{"spec":{"provider":{"vault":{"server":7}}}}`, want: odd},
		{name: "a server that is no address", spec: plain, store: vaultStore("vault", ""), want: odd},

		{name: "a store that may not be read", spec: plain, store: vaultStore(main, ""), path: "/elsewhere", want: nil},
		{name: "a store of another shape", spec: plain, store: `{"spec":[]}`, want: nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.path == "" {
				tc.path = storePath
			}
			cfg := api(t, map[string]string{
				"/externalsecrets/es": fmt.Sprintf(`{"spec":{"refreshInterval":"5m",%s},"status":{"refreshTime":%s,"conditions":[{"type":"Ready","status":"True"}]}}`, tc.spec, ago(time.Minute)),
				tc.path:               tc.store,
			})
			cfg.Secret = &config.Secret{Name: "es", Keys: []string{"token", "OTHER"}}
			reading, err := hop.ExternalSecret(upstream.MainCluster(cfg),
				&config.Vault{Address: nas, KV: &config.KV{Mount: "secret", Path: "tokens/root", Field: "token"}},
				&config.Vault{Address: main, KV: &config.KV{Mount: "secret", Path: "nas/vault-token", Field: "token"}},
			)(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, reading.External.Source); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSourceOfAVaultWithoutACopy: where nobody says where in a Vault the copy is,
// a store at that Vault is taken for reading it.
func TestSourceOfAVaultWithoutACopy(t *testing.T) {
	const main = "http://vault:80"
	cfg := api(t, map[string]string{
		"/externalsecrets/es": `{"spec":{"secretStoreRef":{"name":"st"},"data":[{"secretKey":"token","remoteRef":{"key":"a","property":"b"}}]}}`,
		storePath:             vaultStore("http://vault", ""),
	})
	cfg.Secret = &config.Secret{Name: "es", Keys: []string{"token"}}
	reading, _ := hop.ExternalSecret(upstream.MainCluster(cfg), nil, &config.Vault{Address: main})(t.Context())
	want := &hop.Source{Feed: flow.Feed{Known: true, Vault: flow.MainVault, Copy: flow.MainKV}}
	if diff := cmp.Diff(want, reading.External.Source); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
